"""A gateway's jobs in a process of their own, to be killed. `python -m tests.gateway.jobs.process URL EFFECTS SPEC`.

SPEC is JSON: the point at which it kills itself or waits, how to get there, and the pace.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tests.gateway.jobs.toy import QUICK, Effects, Toy, office


async def main(url: str, folder: str, spec: dict[str, object]) -> None:
    effects = Effects(Path(folder))

    def gate(point: str) -> object:
        if point == spec.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if point == spec.get("wait_at"):
            (effects.folder / f"{point}.reached").touch()
            return _file(effects.folder / "go")
        return None

    toy = Toy(effects, gate=gate)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    pace = replace(QUICK, **spec.get("pace", {}))  # type: ignore[arg-type]
    async with office(url, toy.course, pace=pace):
        (effects.folder / f"{os.getpid()}.open").touch()
        await stop.wait()


async def _file(path: Path) -> None:
    while not path.exists():  # noqa: ASYNC110, ASYNC240 - another process writes it
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))

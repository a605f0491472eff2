"""A gateway in a process of its own, to be killed. `python -m tests.gateway.survival.process SPEC`.

SPEC is JSON: folder, url, addresses; `begin`: pictures of a job that it begins itself; `kill_at`: the point at which
it kills itself; `wait_at`: where it waits until there is a file `go`, having said so in a file of that name.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.gateway.survival.gates import Gates
from tests.gateway.survival.works import spec, working


async def main(given: dict[str, Any]) -> None:
    folder = Path(given["folder"])

    def act(point: str) -> object:
        if point == given.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if point == given.get("wait_at"):
            (folder / f"{point}.reached").touch()
            return _file(folder / "go")
        return None

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    changes = given.get("pace", {})
    async with working(folder, given["addresses"], url=given.get("url"), gates=Gates(act), **changes) as works:
        for _ in range(given.get("jobs", 1) if given.get("begin") else 0):
            await works.begin(spec(given["begin"]))
        (folder / f"{os.getpid()}.open").touch()
        await stop.wait()


async def _file(path: Path) -> None:
    while not path.exists():  # noqa: ASYNC110, ASYNC240 - another process writes it
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))

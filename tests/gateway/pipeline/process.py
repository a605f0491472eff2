"""A gateway's pipeline in a process of its own, to be killed. `python -m tests.gateway.pipeline.process FOLDER AT`.

The services are where LIKENESS_ variables say. AT: the write into the vault right after which it kills itself.
"""

import asyncio
import os
import signal
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast

from gateway.metrics import GatewayMetrics
from gateway.peers import Peers, PeerSettings, open_peers
from gateway.vault import Vault
from tests.gateway.pipeline.shop import KILLED, open_shop
from tests.stand_ins import StandIns


class Elsewhere:
    """Stand-ins of another process."""

    def peers(self, metrics: GatewayMetrics) -> AbstractAsyncContextManager[Peers]:
        return open_peers(PeerSettings(), metrics)


class Doomed:
    """A vault in the hands of somebody who dies right after that many writes."""

    def __init__(self, vault: Vault, at: int) -> None:
        self._vault = vault
        self._left = at

    async def put(self, *args: Any) -> bool:
        put = await self._vault.put(*args)
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        return put

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


async def main(folder: Path, at: int) -> None:
    services = cast(StandIns, Elsewhere())
    async with open_shop(folder, services, pace=KILLED, mortal=lambda vault: cast(Vault, Doomed(vault, at))):
        (folder / f"{os.getpid()}.open").touch()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))

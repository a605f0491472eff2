"""A gateway's vault in a process of its own, told over its standard input what to do: two of them race.

Each line is a list of calls, done one after the other as fast as possible; the answer is one line of outcomes.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from gateway.keeping import keeping
from gateway.metrics import GatewayMetrics
from gateway.retention.holdings import Kind
from gateway.retention.settings import RetentionSettings
from gateway.vault import Vault
from likeness_wire.errors import LikenessError
from services.common.settings import load

TENANT = "tenant-a"
Operation = Callable[..., Awaitable[Any]]


class Operations:
    """What one can be told to do. Outcomes are JSON; a refusal is its reason."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def receive(self, ttl_ms: int = 3_600_000) -> str:
        async with self._vault.receiving(TENANT, timedelta(milliseconds=ttl_ms)) as upload:
            await self._vault.put(upload, Kind.PHOTO, 0, b"photo")
        return upload.id

    async def adopt(self, upload: str) -> str:
        return (await self._vault.adopt(TENANT, upload)).id

    async def put(self, holding: str, index: int, content: str) -> bool:
        return await self._vault.put(await self._vault.find(TENANT, holding), Kind.RESULT, index, content.encode())

    async def read(self, holding: str, index: int) -> str:
        async with self._vault.reading(TENANT, holding, Kind.RESULT, index) as content:
            return (await content.whole()).decode()

    async def photo(self, upload: str) -> str:
        async with self._vault.reading(TENANT, upload, Kind.PHOTO, 0) as content:
            return (await content.whole()).decode()

    async def finish(self, job: str) -> str:
        return (await self._vault.finish(TENANT, job)).state

    async def shorten(self, holding: str, ttl_ms: int) -> int:
        return (await self._vault.shorten(TENANT, holding, timedelta(milliseconds=ttl_ms))).expire_time

    async def erase(self, holding: str) -> str:
        return (await self._vault.erase(TENANT, holding)).SerializeToString(deterministic=True).hex()

    async def work(self, holding: str) -> str:
        """A call that takes as long as it is let."""
        async with self._vault.in_flight(TENANT, holding):
            await asyncio.Event().wait()
        return "never"

    async def done(self, call: list[Any]) -> Any:
        try:
            return await getattr(self, call[0])(*call[1:])
        except LikenessError as error:
            return error.reason_name


async def main() -> None:
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with keeping(load(RetentionSettings), GatewayMetrics()) as vault:
        operations = Operations(vault)
        say("ready")
        while line := await reader.readline():
            say([await operations.done(call) for call in json.loads(line)])


def say(outcome: object) -> None:
    sys.stdout.write(json.dumps(outcome) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())

"""Many uploads at once in a process of its own: how much memory it takes at its worst, beyond what it had before.

`python -m bench.storage.crowd FOLDER UPLOADS BYTES` prints the growth in bytes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil

from bench.storage.house import PIECE, TENANT, House, house
from gateway.retention.holdings import Kind
from gateway.storage.directory import DirectoryStore


async def grown(home: House, uploads: int, size_bytes: int) -> int:
    """All of them are under way before the first may end."""
    await home.keeper.prepare()
    await one(home, size_bytes, asyncio.Barrier(1))
    before = resident()
    together = asyncio.Barrier(uploads)
    watching = asyncio.create_task(highest())
    await asyncio.gather(*(one(home, size_bytes, together) for _ in range(uploads)))
    watching.cancel()
    return max(await watching, resident()) - before


async def one(home: House, size_bytes: int, together: asyncio.Barrier) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(size_bytes // len(PIECE)):
            yield PIECE
            if number == 0:
                await together.wait()

    async with home.keeper.vault.receiving(TENANT) as upload:
        await home.keeper.vault.put(upload, Kind.PHOTO, 0, pieces(), size_bytes // len(PIECE) * len(PIECE))


async def highest() -> int:
    peak = 0
    try:
        while True:
            peak = max(peak, resident())
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return peak


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with house(folder, DirectoryStore(folder / "objects")) as home:
        print(asyncio.run(grown(home, int(sys.argv[2]), int(sys.argv[3]))))

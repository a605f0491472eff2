"""How long an event loop kept everybody waiting at worst, seen by a timer that should fire every millisecond."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

_TICK_S = 0.001


class Stalls:
    """Watches the loop it is made on, between `begin` and `end`."""

    def __init__(self) -> None:
        self._worst_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._worst_s = 0.0
        self._task = asyncio.get_running_loop().create_task(self._tick())

    def end(self) -> float:
        """The worst lateness in seconds."""
        if self._task is not None:
            self._task.cancel()
        return self._worst_s

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self._worst_s = max(self._worst_s, clock() - due)


@contextlib.asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Lets the parent process watch this loop: it writes `begin` and `end` to our input and reads the seconds."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    task = loop.create_task(_answer(reader))
    try:
        yield
    finally:
        task.cancel()
        transport.close()


async def _answer(reader: asyncio.StreamReader) -> None:
    stalls = Stalls()
    while command := (await reader.readline()).strip():
        if command == b"begin":
            stalls.begin()
        answer = stalls.end() if command == b"end" else 0.0
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()

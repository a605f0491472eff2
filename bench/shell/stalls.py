"""How long an event loop kept everybody waiting at worst, seen by a timer that should fire every millisecond."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

_TICK_S = 0.001


class Stall(NamedTuple):
    """The worst of a while, in seconds."""

    late_s: float
    # Without the time in which the loop's thread was ready and had no core: what the loop did to itself.
    own_s: float


_NONE = Stall(0.0, 0.0)


class Stalls:
    """Watches the loop it is made on, between `begin` and `end`."""

    def __init__(self) -> None:
        self._worst = _NONE
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._worst = _NONE
        self._task = asyncio.get_running_loop().create_task(self._tick())

    def end(self) -> Stall:
        if self._task is not None:
            self._task.cancel()
        return self._worst

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        with _schedule() as schedule:
            while True:
                due, coreless = clock() + _TICK_S, _coreless_s(schedule)
                await asyncio.sleep(_TICK_S)
                late = clock() - due
                own = late - (_coreless_s(schedule) - coreless)
                self._worst = Stall(max(self._worst.late_s, late), max(self._worst.own_s, own))


@contextlib.contextmanager
def _schedule() -> Iterator[int]:
    """What the kernel counts about this thread."""
    descriptor = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _coreless_s(schedule: int) -> float:
    """The second of three numbers: nanoseconds spent waiting on a run queue."""
    return int(os.pread(schedule, 64, 0).split()[1]) / 1e9


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
        late_s, own_s = stalls.end() if command == b"end" else _NONE
        sys.stdout.write(f"{late_s} {own_s}\n")
        sys.stdout.flush()

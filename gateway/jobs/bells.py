"""Wakes those who watch a job in this process, and hands them what is not worth keeping."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator

# A watcher that is slower misses the oldest: passing events are about now.
_MOST_WAITING = 64


class Listener:
    """One watcher."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._passing: deque[object] = deque(maxlen=_MOST_WAITING)

    def wake(self) -> None:
        self._woken.set()

    def hear(self, body: object) -> None:
        self._passing.append(body)
        self._woken.set()

    def take(self) -> list[object]:
        taken = list(self._passing)
        self._passing.clear()
        return taken

    async def wait(self, at_most_s: float) -> None:
        """Until something happened here, or so long: elsewhere something may have happened."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), at_most_s)
        self._woken.clear()


class Bells:
    """All watchers of this process, by job."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}

    @contextlib.contextmanager
    def listening(self, job: str) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.setdefault(job, set()).add(listener)
        try:
            yield listener
        finally:
            there = self._listeners[job]
            there.discard(listener)
            if not there:
                del self._listeners[job]

    def ring(self, job: str) -> None:
        for listener in self._listeners.get(job, ()):
            listener.wake()

    def tell(self, job: str, body: object) -> None:
        for listener in self._listeners.get(job, ()):
            listener.hear(body)

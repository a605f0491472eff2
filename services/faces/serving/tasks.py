"""Work of one call that runs side by side, and ends with the call."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SideBySide(Generic[T]):
    """`async with` it: what has not finished when the block ends is cancelled, and waited for.

    Unlike a TaskGroup it lets the first failure through as itself: callers tell errors by their type.
    """

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[T]] = []

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def results(self) -> list[T]:
        """Of all that was started, in that order."""
        return await asyncio.gather(*self._tasks)

    async def __aenter__(self) -> "SideBySide[T]":
        return self

    async def __aexit__(self, *_: object) -> None:
        await _ended(self._tasks)


async def as_finished(works: AsyncIterator[Coroutine[Any, Any, T]], at_once: int) -> AsyncIterator[T]:
    """Starts works as they arrive, at most so many together, and yields results as they finish.

    While all places are taken the next one is not asked for: whoever sends them has to wait.
    """
    running: set[asyncio.Task[T]] = set()
    arriving: asyncio.Task[Coroutine[Any, Any, T] | None] | None = None
    more = True
    try:
        while more or running:
            if more and arriving is None and len(running) < at_once:
                arriving = asyncio.ensure_future(anext(works, None))
            waited = [*running, arriving] if arriving else running
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if arriving is not None and arriving.done():
                work, arriving = arriving.result(), None
                if work is None:
                    more = False
                else:
                    running.add(asyncio.create_task(work))
            for task in [task for task in running if task.done()]:
                running.remove(task)
                yield task.result()
    finally:
        await _ended([*running, arriving] if arriving else running)


async def _ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancelled where they have not finished, and waited for: none outlives its call."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

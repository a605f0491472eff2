"""Work of one call that runs side by side, and ends with the call."""

import asyncio
from collections.abc import Coroutine
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

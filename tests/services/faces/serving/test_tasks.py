"""Work that runs side by side, and ends with its call."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from services.faces.serving.tasks import SideBySide, as_finished
from tests.running import until


class Works:
    """Works that end when they are told to."""

    def __init__(self, count: int) -> None:
        self.gates = [asyncio.Event() for _ in range(count)]
        self.asked = 0
        self.running: set[int] = set()
        self.cancelled: set[int] = set()

    async def __aiter__(self) -> AsyncIterator[Coroutine[Any, Any, int]]:
        for number in range(len(self.gates)):
            self.asked += 1
            yield self.work(number)

    async def work(self, number: int) -> int:
        self.running.add(number)
        try:
            await self.gates[number].wait()
        except asyncio.CancelledError:
            self.cancelled.add(number)
            raise
        finally:
            self.running.discard(number)
        if number == 13:
            raise ValueError("unlucky")
        return number


async def test_results_come_as_they_finish() -> None:
    """The last to begin may be the first to end."""
    works = Works(3)
    results = as_finished(aiter(works), at_once=3)
    first = asyncio.ensure_future(anext(results))
    await until(lambda: len(works.running) == 3)
    works.gates[2].set()

    assert await first == 2
    works.gates[0].set()
    assert await anext(results) == 0
    works.gates[1].set()
    assert [1] == [result async for result in results]


async def test_no_more_than_that_many_run_together() -> None:
    """The next one is not even asked for: whoever sends it has to wait."""
    works = Works(5)
    results = as_finished(aiter(works), at_once=2)
    first = asyncio.ensure_future(anext(results))
    await until(lambda: len(works.running) == 2)

    assert works.asked == 2
    for gate in works.gates:
        gate.set()
    assert {0, 1, 2, 3, 4} == {await first} | {result async for result in results}


async def test_the_first_failure_ends_the_others() -> None:
    """As itself, and nothing is left running."""
    works = Works(14)
    results = as_finished(aiter(works), at_once=14)
    first = asyncio.ensure_future(anext(results))
    await until(lambda: len(works.running) == 14)
    works.gates[13].set()

    with pytest.raises(ValueError, match="unlucky"):
        await first
    assert works.running == set()


async def test_whoever_stops_listening_ends_the_work() -> None:
    """A caller who goes away leaves nothing behind."""
    works = Works(2)
    results = as_finished(aiter(works), at_once=2)
    works.gates[0].set()
    assert await anext(results) == 0
    await until(lambda: 1 in works.running)
    await results.aclose()  # type: ignore[attr-defined]

    assert works.cancelled == {1}


async def test_side_by_side_gives_results_in_the_order_begun() -> None:
    """Whichever ended first."""
    works = Works(3)
    async with SideBySide[int]() as tasks:
        for number in range(3):
            tasks.start(works.work(number))
        for gate in reversed(works.gates):
            gate.set()

        assert await tasks.results() == [0, 1, 2]


async def test_side_by_side_ends_what_is_left() -> None:
    """An error on the way cancels the rest, and waits until it has ended."""
    works = Works(2)
    with pytest.raises(RuntimeError, match="on the way"):
        async with SideBySide[int]() as tasks:
            tasks.start(works.work(0))
            await until(lambda: works.running == {0})
            raise RuntimeError("on the way")

    assert works.cancelled == {0}

"""Calls brought to an engine between two of its turns, and what it says brought back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled, Internal
from services.common.admission import Admission, Priority, Stop
from services.common.driver import Driver, Ended, Steps, Visit
from services.common.metrics import ShellMetrics
from services.common.worker import Worker
from tests.running import until


@dataclass(frozen=True)
class Drawn:
    """A stroke, the only thing that this engine makes."""

    stroke: int


Event = Drawn | Ended


class Drawing:
    """A call for so many strokes."""

    def __init__(self, strokes: int, emit: Callable[[Event], None]) -> None:
        self.items = strokes
        self.emit = emit
        self.stop = Stop()
        self.undelivered = 0


class Pen:
    """One stroke a turn, of the call that came first. Between two it can be held."""

    def __init__(self) -> None:
        self.calls: list[Drawing] = []
        self.drawn: list[tuple[Drawing, int]] = []
        self.held = False
        self.turns = 0

    def admit(self, call: Drawing) -> None:
        self.calls.append(call)

    def tick(self) -> bool:
        self.turns += 1
        if self.held or not self.calls:
            return False
        call = self.calls[0]
        done = sum(each is call for each, _ in self.drawn)
        if call.stop:
            self._end(call, Cancelled(reasons.REASON_CANCELLED, "stopped"))
        elif done == call.items:
            self._end(call, None)
        else:
            self.drawn.append((call, done))
            call.undelivered += 1
            call.emit(Drawn(done))
        return True

    def _end(self, call: Drawing, error: Exception | None) -> None:
        self.calls.remove(call)
        call.emit(Ended(error))


class Desk:
    """A pen that is driven."""

    def __init__(self, pen: Pen, admission: Admission[Drawing], driver: Driver[Drawing, Event]) -> None:
        self.pen = pen
        self.admission = admission
        self.driver = driver

    def ask(self, strokes: int, priority: Priority = Priority.BATCH) -> Visit[Drawing, Event]:
        return self.driver.visit(lambda emit: Drawing(strokes, emit), priority)


@asynccontextmanager
async def driven(calls: int = 4) -> AsyncIterator[Desk]:
    pen, worker = Pen(), Worker("pen", item_limit_s=60)
    admission: Admission[Drawing] = Admission("pen", places=16, metrics=ShellMetrics())
    driver = Driver(pen, worker, admission, lambda _, event: int(isinstance(event, Drawn)), calls=calls)
    serving = asyncio.ensure_future(driver.serve())
    try:
        yield Desk(pen, admission, driver)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        worker.close()


async def _heard(visit: Visit[Drawing, Event]) -> list[int]:
    async with asyncio.timeout(10):
        return [event.stroke async for event in visit.events() if isinstance(event, Drawn)]


async def test_a_caller_hears_all_of_its_call_and_then_the_end() -> None:
    """In order, and nothing of the others; what it was told counts as delivered."""
    async with driven() as desk:
        visits = [desk.ask(strokes) for strokes in (3, 1, 2)]

        assert await asyncio.gather(*map(_heard, visits)) == [[0, 1, 2], [0], [0, 1]]
        assert [visit.ticket.work.undelivered for visit in visits] == [0, 0, 0]
        assert (desk.admission.waiting_items, desk.admission.items_in_flight) == (0, 0)


async def test_only_so_many_calls_are_inside() -> None:
    """What is beyond waits where it can be counted; urgent ones have as many places again."""
    async with driven(calls=1) as desk:
        desk.pen.held = True
        first = desk.ask(1)
        await until(lambda: first.ticket.work in desk.pen.calls)
        turns, second = desk.pen.turns, desk.ask(1)
        await until(lambda: desk.pen.turns > turns)
        urgent = desk.ask(1, Priority.INTERACTIVE)
        await until(lambda: urgent.ticket.work in desk.pen.calls)
        assert second.ticket.work not in desk.pen.calls

        desk.pen.held = False
        first.cancel()
        heard = await asyncio.gather(*map(_heard, (first, second, urgent)), return_exceptions=True)
        assert [type(each) for each in heard] == [Cancelled, list, list]


@pytest.mark.parametrize("inside", [True, False])
async def test_who_is_cancelled_hears_of_it(inside: bool) -> None:
    """In the engine's hands or still in the queue."""
    async with driven(calls=1) as desk:
        desk.pen.held = True
        first = desk.ask(5)
        await until(lambda: desk.pen.calls)
        visit = first if inside else desk.ask(5)
        visit.cancel()
        desk.pen.held = False

        with pytest.raises(Cancelled):
            await _heard(visit)
        if not inside:
            assert await _heard(first) == [0, 1, 2, 3, 4]


async def test_what_a_call_failed_of_is_raised_at_its_end() -> None:
    """After what had come before."""
    async with driven() as desk:
        desk.pen.held = True
        visit = desk.ask(1)
        await until(lambda: desk.pen.calls)
        desk.pen.calls.pop().emit(Ended(Internal(reasons.REASON_INTERNAL, "the pen is dry")))

        with pytest.raises(Internal, match="dry"):
            await _heard(visit)


async def test_the_time_of_a_turn_becomes_the_estimate() -> None:
    """None before anything was made."""
    async with driven() as desk:
        assert desk.ask(2).estimate_s is None
        await until(lambda: not desk.admission.waiting_items and not desk.admission.items_in_flight)

        estimate_s = desk.ask(2).estimate_s
        assert estimate_s is not None
        assert 0 < estimate_s < 5


async def test_a_second_call_for_a_step_ends_the_first() -> None:
    """And only that: a step without an id has no other."""
    async with driven() as desk:
        desk.pen.held = True
        steps, visits = Steps(), [desk.ask(1) for _ in range(4)]
        with steps.held(visits[0], ""), steps.held(visits[1], ""), steps.held(visits[2], "step"):
            assert not any(visit.ticket.stop for visit in visits)
            with steps.held(visits[3], "step"):
                await until(lambda: visits[2].ticket.stop or visits[2].ticket.future.cancelled())
                assert not visits[3].ticket.stop
        assert all(visit.ticket.stop or visit.ticket.future.cancelled() for visit in visits)

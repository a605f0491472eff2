"""Who is in, who waits, who is turned away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Exhausted, OutOfTime
from likeness_wire.hop import bound
from services.common.admission import Admission, Priority
from services.common.metrics import ShellMetrics
from services.faces.serving.turnstile import Turnstile
from tests.running import until


class Caller:
    """A call that stays inside until it is told to leave."""

    def __init__(self, turnstile: Turnstile, priority: Priority = Priority.BATCH) -> None:
        self.inside = False
        self.leave = asyncio.Event()
        self.ahead = -1
        self.task = asyncio.create_task(self._call(turnstile, priority))

    async def _call(self, turnstile: Turnstile, priority: Priority) -> None:
        async with turnstile.turn(priority) as turn:
            self.ahead = turn.ahead
            await turn.comes()
            self.inside = True
            await self.leave.wait()


@pytest.fixture
async def admission(metrics: ShellMetrics) -> Admission[None]:
    return Admission("calls", places=2, metrics=metrics)


@pytest.fixture
async def turnstile(admission: Admission[None]) -> AsyncIterator[Turnstile]:
    turnstile = Turnstile(admission, at_once=2)
    serving = asyncio.create_task(turnstile.serve())
    yield turnstile
    serving.cancel()


async def test_a_few_are_inside_and_others_wait(turnstile: Turnstile) -> None:
    """The third comes in when one of two leaves."""
    one, two = Caller(turnstile), Caller(turnstile)
    await until(lambda: one.inside and two.inside)
    third = Caller(turnstile)
    await until(lambda: third.ahead == 0)
    assert not third.inside
    one.leave.set()
    await until(lambda: third.inside)

    for caller in (two, third):
        caller.leave.set()
        await caller.task


async def test_whoever_finds_no_place_is_told_at_once(turnstile: Turnstile) -> None:
    """Two inside, two waiting: the fifth hears when to come back."""
    callers = []
    for _ in range(4):
        callers.append(Caller(turnstile))
        await until(lambda: callers[-1].ahead >= 0)
        if len(callers) == 2:
            await until(lambda: all(caller.inside for caller in callers))

    with pytest.raises(Exhausted) as refused:
        async with turnstile.turn(Priority.BATCH):
            pass
    assert refused.value.retry_after_s is not None
    assert callers[3].ahead == 1
    for caller in callers:
        caller.leave.set()
        await caller.task


async def test_interactive_goes_first(turnstile: Turnstile) -> None:
    """Somebody is looking at a spinner."""
    inside = [Caller(turnstile), Caller(turnstile)]
    await until(lambda: all(caller.inside for caller in inside))
    patient, hurried = Caller(turnstile), Caller(turnstile, Priority.INTERACTIVE)
    await until(lambda: hurried.ahead >= 0)
    inside[0].leave.set()
    await until(lambda: hurried.inside)

    assert not patient.inside
    for caller in (inside[1], hurried, patient):
        caller.leave.set()
        await caller.task


async def test_a_deadline_that_passes_outside_is_told(turnstile: Turnstile) -> None:
    """Not when the turn would have come."""
    inside = [Caller(turnstile), Caller(turnstile)]
    await until(lambda: all(caller.inside for caller in inside))

    with bound(0.05), pytest.raises(OutOfTime) as late:
        async with turnstile.turn(Priority.BATCH) as turn:
            await turn.comes()
    assert late.value.reason == reasons.REASON_EXPIRED_WAITING
    for caller in inside:
        caller.leave.set()
        await caller.task


async def test_callers_who_go_away_leave_no_hole(turnstile: Turnstile, admission: Admission[None]) -> None:
    """Waiting or inside, cancelled: as many get in afterwards as before, and nothing is counted twice."""
    for _ in range(3):
        callers = [Caller(turnstile) for _ in range(3)]
        await until(lambda callers=callers: sum(caller.inside for caller in callers) == 2)  # type: ignore[misc]
        for caller in callers:
            caller.task.cancel()
        await asyncio.gather(*(caller.task for caller in callers), return_exceptions=True)
        await until(lambda: admission.items_in_flight == 0)

    assert admission.waiting_items == 0
    last = [Caller(turnstile), Caller(turnstile)]
    await until(lambda: all(caller.inside for caller in last))
    for caller in last:
        caller.leave.set()
        await caller.task

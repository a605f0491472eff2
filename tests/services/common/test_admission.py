"""The queue in front of a device."""

import asyncio
from collections.abc import Callable

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled, Exhausted, OutOfTime, Unavailable
from services.common.admission import Admission, Priority, Stop
from services.common.metrics import ShellMetrics
from tests.running import until


class HandClock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


Make = Callable[..., Admission[str]]


@pytest.fixture
def make(metrics: ShellMetrics) -> Make:
    return lambda places=4, clock=None: Admission("test", places=places, metrics=metrics, clock=clock or HandClock())


def _busy(admission: Admission[str]) -> None:
    """One item on the device, so that the bounds apply."""
    admission.admit("busy")
    admission.take()


async def test_the_interactive_go_first_and_each_kind_in_order(make: Make) -> None:
    """Priority before age, age within a priority."""
    admission = make()
    for name, priority in [("a", Priority.BATCH), ("b", Priority.INTERACTIVE), ("c", Priority.BATCH)]:
        admission.admit(name, priority=priority)

    assert [ticket.work for ticket in admission.take(9)] == ["b", "a", "c"]


async def test_bounds_count_items_and_not_calls(make: Make) -> None:
    """A call of four pictures takes four places."""
    admission = make(places=4)
    _busy(admission)
    admission.admit("pack", items=3)

    with pytest.raises(Exhausted) as caught:
        admission.admit("pair", items=2)

    assert caught.value.reason == reasons.REASON_QUEUE_FULL
    assert admission.admit("single", items=1)


async def test_batches_never_exceed_their_items_but_a_large_call_goes_alone(make: Make) -> None:
    """Three and two do not fit into four; five goes by itself."""
    admission = make(places=20)
    for name, items in [("three", 3), ("two", 2), ("five", 5)]:
        admission.admit(name, items=items)

    assert [[ticket.work for ticket in admission.take(4)] for _ in range(3)] == [["three"], ["two"], ["five"]]


async def test_the_retry_hint_comes_from_measured_service_time(make: Make) -> None:
    """Two places short at three seconds an item: come back in six."""
    admission = make(places=2)
    _busy(admission)
    for ticket in [admission.admit("a"), *admission.take()]:
        admission.finish(ticket, 3.0)
    admission.items_in_flight = 1
    admission.admit("b", items=2)

    with pytest.raises(Exhausted) as caught:
        admission.admit("c", items=2)

    assert caught.value.retry_after_s == pytest.approx(6.0)


async def test_an_entry_expires_while_it_waits_and_not_when_its_turn_comes(make: Make) -> None:
    """The timer tells it, though nobody takes anything."""
    admission = make()
    _busy(admission)
    ticket = admission.admit("late", timeout_s=0.01)

    with pytest.raises(OutOfTime) as caught:
        await ticket.future

    assert caught.value.reason == reasons.REASON_EXPIRED_WAITING
    assert admission.waiting_items == 0


async def test_a_hopeless_deadline_is_refused_at_once(make: Make) -> None:
    """Ten seconds of work ahead and one second left: no place is taken."""
    admission = make()
    _busy(admission)
    (first,) = [admission.admit("a")]
    admission.finish(admission.take()[0], 10.0)

    with pytest.raises(Exhausted) as caught:
        admission.admit("b", timeout_s=1.0)

    assert caught.value.reason == reasons.REASON_DEADLINE_HOPELESS
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s > 0
    assert first.work == "a"


async def test_every_refusal_is_counted_with_its_reason(make: Make, metrics: ShellMetrics) -> None:
    """What an operator scales by."""
    admission = make(places=1)
    _busy(admission)
    late = admission.admit("late", timeout_s=0.01)
    with pytest.raises(Exhausted):
        admission.admit("full")
    with pytest.raises(OutOfTime):
        await late.future
    admission.admit("slow")
    admission.finish(admission.take()[0], 10.0)
    with pytest.raises(Exhausted):
        admission.admit("hopeless", timeout_s=1.0)

    counted = {
        reason: metrics.registry.get_sample_value("likeness_rejected_total", {"queue": "test", "reason": reason})
        for reason in ("queue_full", "expired_waiting", "deadline_hopeless", "draining")
    }
    assert {"queue_full": 1, "expired_waiting": 1, "deadline_hopeless": 1, "draining": 0} == counted


async def test_an_idle_device_takes_a_call_whatever_the_estimate_says(make: Make) -> None:
    """One slow measurement must not lock everyone out for ever."""
    admission = make()
    admission.admit("slow")
    admission.finish(admission.take()[0], 1000.0)

    assert admission.admit("quick", timeout_s=1.0).work == "quick"


async def test_cancelling_frees_the_place_at_once(make: Make) -> None:
    """The next caller gets it, and a second cancel changes nothing."""
    admission = make(places=1)
    _busy(admission)
    ticket = admission.admit("a")
    ticket.cancel()
    ticket.cancel()

    assert admission.admit("b").work == "b"
    assert [left.work for left in admission.take(9)] == ["b"]


async def test_cancelling_what_has_begun_asks_it_to_stop(make: Make) -> None:
    """The place is free only when the work really ended."""
    admission = make()
    ticket = admission.admit("a")
    admission.take()
    ticket.cancel()

    assert ticket.stop
    assert admission.items_in_flight == 1


async def test_closing_hands_back_what_waits(make: Make) -> None:
    """Waiting callers may try another replica; new ones are told the same."""
    admission = make()
    ticket = admission.admit("a")
    admission.close()

    with pytest.raises(Unavailable):
        await ticket.future
    with pytest.raises(Unavailable):
        admission.admit("b")


async def test_the_queue_gauge_is_the_backlog(make: Make, metrics: ShellMetrics) -> None:
    """Depth by priority and items in flight, through every way out of the queue."""
    admission = make(places=20)
    seen = lambda name, **labels: metrics.registry.get_sample_value(name, {"queue": "test", **labels})  # noqa: E731
    tickets = [admission.admit(str(n), items=2) for n in range(5)]
    admission.admit("quick", priority=Priority.INTERACTIVE)
    assert (seen("likeness_queue_depth", priority="batch"), seen("likeness_queue_depth", priority="interactive")) == (
        10,
        1,
    )

    tickets[0].cancel()
    taken = admission.take(3)
    assert seen("likeness_queue_depth", priority="batch") == 6
    assert seen("likeness_queue_depth", priority="interactive") == 0
    assert seen("likeness_items_in_flight") == 3

    for ticket in taken:
        admission.finish(ticket)
    admission.close()
    await asyncio.gather(*(ticket.future for ticket in tickets[2:]), return_exceptions=True)
    assert seen("likeness_queue_depth", priority="batch") == 0
    assert seen("likeness_items_in_flight") == 0
    assert metrics.registry.get_sample_value("likeness_rejected_total", {"queue": "test", "reason": "draining"}) == 3


async def test_waiting_and_executing_are_measured_apart(make: Make) -> None:
    """Queue time ends where device time begins."""
    clock = HandClock()
    admission = make(clock=clock)
    ticket = admission.admit("a")
    clock.now += 2
    admission.take()
    clock.now += 5
    admission.finish(ticket)

    assert (ticket.waited_s, ticket.executed_s) == (2, 5)


async def test_arrival_wakes_whoever_takes(make: Make) -> None:
    """A consumer that found nothing waits for the next call instead of polling."""
    admission = make()
    waiting = asyncio.ensure_future(admission.arrival())
    await asyncio.sleep(0)
    assert not waiting.done()

    admission.admit("a")
    await until(waiting.done)


def test_a_stop_ends_work_that_asks() -> None:
    """Cancelled is what the work sees."""
    stop = Stop()
    stop.check()
    stop.set()

    with pytest.raises(Cancelled):
        stop.check()


async def test_an_owner_with_room_for_the_urgent_alone_leaves_the_rest(make: Make) -> None:
    """Only interactive tickets leave the queue, however large the room."""
    admission = make(places=8)
    admission.admit("pack")
    admission.admit("someone looks", priority=Priority.INTERACTIVE)

    assert [ticket.work for ticket in admission.take(8, lowest=Priority.INTERACTIVE)] == ["someone looks"]
    assert admission.waiting_items == 1

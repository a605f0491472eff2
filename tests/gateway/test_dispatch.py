"""Dispatch: bounds, turns, priorities, deadlines, and what is sent again; with fakes for the services."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from gateway.dispatch import Again, Dispatch
from gateway.metrics import GatewayMetrics
from likeness_wire import hop
from likeness_wire.errors import BadPhoto, Cancelled, Exhausted, LikenessError, OutOfTime, Unavailable
from services.common.admission import Priority

AT_ONCE = Again(attempts=3, first_pause_s=0.0)


class Service:
    """Answers when it is told to, and knows how much it had to do at once."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.now = 0
        self.most = 0
        self.go = asyncio.Event()

    def answer(self, name: str, items: int = 1) -> Callable[[], Awaitable[str]]:
        async def call() -> str:
            self.order.append(name)
            self.now += items
            self.most = max(self.most, self.now)
            try:
                await self.go.wait()
            finally:
                self.now -= items
            return name

        return call


class Failing:
    """Fails in turn with what it is given, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture
def metrics() -> GatewayMetrics:
    return GatewayMetrics()


@pytest.fixture
def dispatch(metrics: GatewayMetrics) -> Dispatch:
    return Dispatch("generator", places=2, metrics=metrics, again=AT_ONCE)


def _sample(metrics: GatewayMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"service": "generator"} | labels)


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_is_sent_than_there_are_places(dispatch: Dispatch, metrics: GatewayMetrics) -> None:
    """What waits and what is sent are what autoscaling reads."""
    service = Service()
    calls = [
        asyncio.create_task(dispatch.call(service.answer(str(number)), tenant="a", repeatable=True))
        for number in range(5)
    ]
    await _settled()

    assert (service.now, dispatch.waiting) == (2, 3)
    assert _sample(metrics, "likeness_dispatch_items_in_flight") == 2
    assert _sample(metrics, "likeness_dispatch_waiting_items", priority="batch") == 3
    service.go.set()
    assert await asyncio.gather(*calls) == ["0", "1", "2", "3", "4"]
    assert service.most == 2
    assert (dispatch.in_flight, dispatch.waiting) == (0, 0)
    assert _sample(metrics, "likeness_dispatch_waiting_items", priority="batch") == 0
    assert _sample(metrics, "likeness_dispatch_wait_seconds_count") == 5


async def test_tenants_take_turns(metrics: GatewayMetrics) -> None:
    """Whoever has a hundred waiting is not served before whoever has one."""
    dispatch, service = Dispatch("generator", places=1, metrics=metrics), Service()
    names = ["a0", "a1", "a2", "a3", "b0", "c0", "b1"]
    calls = [
        asyncio.create_task(dispatch.call(service.answer(name), tenant=name[0], repeatable=True)) for name in names
    ]
    await _settled()
    service.go.set()
    await asyncio.gather(*calls)

    assert service.order == ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]


async def test_interactive_calls_go_first(metrics: GatewayMetrics) -> None:
    """However long the others have waited."""
    dispatch, service = Dispatch("generator", places=1, metrics=metrics), Service()
    orders = [("running", Priority.BATCH), ("pack", Priority.BATCH), ("spinner", Priority.INTERACTIVE)]
    calls = [
        asyncio.create_task(dispatch.call(service.answer(name), tenant=name, priority=priority, repeatable=True))
        for name, priority in orders
    ]
    await _settled()
    service.go.set()
    await asyncio.gather(*calls)

    assert service.order == ["running", "spinner", "pack"]


async def test_a_call_larger_than_all_places_goes_alone_and_is_not_overtaken(metrics: GatewayMetrics) -> None:
    """Small ones behind it wait, or it would never go."""
    dispatch, service = Dispatch("generator", places=2, metrics=metrics), Service()
    sizes = {"small": 1, "large": 5, "later": 1}
    calls = [
        asyncio.create_task(dispatch.call(service.answer(name, items), tenant="a", items=items, repeatable=True))
        for name, items in sizes.items()
    ]
    await _settled()
    assert service.order == ["small"]
    service.go.set()
    await asyncio.gather(*calls)

    assert service.order == ["small", "large", "later"]
    assert service.most == 5


async def test_a_deadline_ends_the_wait_when_it_passes(dispatch: Dispatch) -> None:
    """Not when the turn would have come; whoever is behind moves up."""
    service = Service()
    busy = [asyncio.create_task(dispatch.call(service.answer("x"), tenant="a", repeatable=True)) for _ in range(2)]
    await _settled()
    with hop.bound(0.02), pytest.raises(OutOfTime) as late:
        await dispatch.call(service.answer("late"), tenant="a", repeatable=True)

    assert late.value.reason == reasons.REASON_EXPIRED_WAITING
    assert dispatch.waiting == 0
    service.go.set()
    await asyncio.gather(*busy)


@pytest.mark.parametrize("granted", [False, True])
async def test_who_goes_away_leaves_no_trace(dispatch: Dispatch, granted: bool) -> None:
    """Neither while waiting nor in the moment its place was given to it."""
    service = Service()
    busy = [asyncio.create_task(dispatch.call(service.answer("x"), tenant="a", repeatable=True)) for _ in range(2)]
    await _settled()
    leaving = asyncio.create_task(dispatch.call(service.answer("leaving"), tenant="a", repeatable=True))
    await _settled()
    if granted:
        dispatch.places = 3
        dispatch._advance()
        assert dispatch.in_flight == 3
    leaving.cancel()
    await asyncio.wait([leaving])

    assert (dispatch.waiting, dispatch.in_flight) == (0, 2)
    assert "leaving" not in service.order
    service.go.set()
    await asyncio.gather(*busy)
    assert dispatch.in_flight == 0


@pytest.mark.parametrize(
    ("error", "repeatable", "calls"),
    [
        (Exhausted(reasons.REASON_QUEUE_FULL, ""), False, 2),
        (Unavailable(reasons.REASON_DRAINING, ""), False, 2),
        (Unavailable(reasons.REASON_STARTING, ""), False, 2),
        (Unavailable(reasons.REASON_WORKER_LOST, ""), True, 2),
        (Unavailable(reasons.REASON_WORKER_LOST, ""), False, 1),
        (Unavailable(reasons.REASON_PEER_UNAVAILABLE, ""), True, 2),
        (Unavailable(reasons.REASON_PEER_UNAVAILABLE, ""), False, 1),
        # Would fail again, or is not ours to insist on.
        (Exhausted(reasons.REASON_OUT_OF_MEMORY, ""), True, 1),
        (Exhausted(reasons.REASON_DEADLINE_HOPELESS, ""), True, 1),
        (Exhausted(reasons.REASON_QUOTA_EXCEEDED, ""), True, 1),
        (OutOfTime(reasons.REASON_DEADLINE_EXCEEDED, ""), True, 1),
        (Cancelled(reasons.REASON_CANCELLED, ""), True, 1),
        (BadPhoto(reasons.REASON_NO_FACE, ""), True, 1),
    ],
)
async def test_only_what_is_safe_is_sent_again(
    dispatch: Dispatch, metrics: GatewayMetrics, error: LikenessError, repeatable: bool, calls: int
) -> None:
    """Refusals before work began always; losses in mid-work only of calls that may be done twice."""
    failing = Failing(error)
    outcome = (await asyncio.gather(dispatch.call(failing, tenant="a", repeatable=repeatable), return_exceptions=True))[
        0
    ]

    assert outcome == ("done" if calls == 2 else error)
    assert failing.calls == calls
    if calls == 2:
        reason = error.reason_name.lower()
        assert _sample(metrics, "likeness_dispatch_retries_total", reason=reason) == 1


async def test_it_gives_up_after_so_many_attempts(dispatch: Dispatch) -> None:
    """With the last error."""
    failing = Failing(*[Exhausted(reasons.REASON_QUEUE_FULL, str(number)) for number in range(9)])
    with pytest.raises(Exhausted, match="2"):
        await dispatch.call(failing, tenant="a", repeatable=True)

    assert failing.calls == 3


async def test_it_does_not_pause_beyond_the_deadline(dispatch: Dispatch) -> None:
    """The caller hears at once what it would hear too late."""
    failing = Failing(Exhausted(reasons.REASON_QUEUE_FULL, "", retry_after_s=30))
    with hop.bound(5), pytest.raises(Exhausted):
        await dispatch.call(failing, tenant="a", repeatable=True)

    assert failing.calls == 1


def test_a_pause_is_never_shorter_than_the_service_asks_for() -> None:
    """And grows up to its longest otherwise."""
    asks = Exhausted(reasons.REASON_QUEUE_FULL, "", retry_after_s=7)
    plain = Exhausted(reasons.REASON_QUEUE_FULL, "")

    assert 7 <= Again().pause_s(1, asks) <= 7 * 1.25
    assert 0.25 <= Again().pause_s(1, plain) <= 0.25 * 1.25
    assert 10 <= Again().pause_s(30, plain) <= 12.5


async def test_a_failure_of_grpc_comes_out_as_one_of_ours(dispatch: Dispatch) -> None:
    """Whoever calls knows one sort of error."""
    failure = grpc.aio.AioRpcError(grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), grpc.aio.Metadata(), "gone")
    with pytest.raises(LikenessError) as error:
        await dispatch.call(Failing(failure), tenant="a", repeatable=False)

    assert error.value.reason == reasons.REASON_NOT_FOUND


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(Priority), st.integers(1, 4), st.booleans()), max_size=25
    )
)
def test_whatever_happens_the_counts_come_out_even(
    calls: list[tuple[str, Priority, int, bool]],
) -> None:
    """Never more than the places, unless one alone is larger; nothing waits or is in flight at the end."""

    async def scenario() -> None:
        metrics = GatewayMetrics()
        dispatch, service = Dispatch("generator", places=3, metrics=metrics), Service()
        tasks = [
            asyncio.create_task(
                dispatch.call(
                    service.answer(tenant, items), tenant=tenant, priority=priority, items=items, repeatable=True
                )
            )
            for tenant, priority, items, _ in calls
        ]
        await _settled()
        for task, (_, _, _, leaves) in zip(tasks, calls, strict=True):
            if leaves:
                task.cancel()
        service.go.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)

        assert service.most <= max([3, *[items for _, _, items, _ in calls]])
        assert (dispatch.waiting, dispatch.in_flight, service.now) == (0, 0, 0)
        assert _sample(metrics, "likeness_dispatch_items_in_flight") == 0

    asyncio.run(scenario())

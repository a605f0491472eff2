"""How often a tenant may call."""

import contextlib

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from gateway.tenants.rates import Rates
from likeness_wire.errors import Exhausted
from tests.gateway.house import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def metrics() -> GatewayMetrics:
    return GatewayMetrics()


@pytest.fixture
def rates(clock: HandClock, metrics: GatewayMetrics) -> Rates:
    return Rates(60, burst=10, at_once=3, metrics=metrics, monotonic=clock.monotonic)


def calls(rates: Rates, tenant: str, number: int, agreed: int | None = None) -> int:
    """How many of them were let in, one after the other."""
    let_in = 0
    for _ in range(number):
        with contextlib.suppress(Exhausted), rates.call(tenant, agreed):
            let_in += 1
    return let_in


def test_a_tenant_that_calls_too_often_is_told_when_to_come_back(
    rates: Rates, clock: HandClock, metrics: GatewayMetrics
) -> None:
    """And is let in then."""
    assert 10 == calls(rates, "acme", 11)
    with pytest.raises(Exhausted) as caught, rates.call("acme", None):
        pytest.fail("let in")

    assert (reasons.REASON_RATE_LIMITED, 1.0) == (caught.value.reason, caught.value.retry_after_s)
    assert 2 == metrics.registry.get_sample_value("likeness_tenant_limits_met_total", {"limit": "calls"})
    clock.pass_s(caught.value.retry_after_s or 0)
    assert 1 == calls(rates, "acme", 2)


def test_tenants_do_not_share(rates: Rates) -> None:
    """One that calls without pause leaves the others theirs."""
    calls(rates, "busy", 1000)

    assert 10 == calls(rates, "acme", 20)


def test_an_agreement_counts_from_the_next_call_on(rates: Rates, clock: HandClock) -> None:
    """Rate and burst in proportion; nothing agreed lets nobody in."""
    assert 20 == calls(rates, "twice", 100, agreed=120)
    assert 0 == calls(rates, "never", 5, agreed=0)
    clock.pass_s(60)
    assert 5 == calls(rates, "twice", 100, agreed=30)


def test_whoever_may_not_call_at_all_is_sent_away_for_long(rates: Rates) -> None:
    """With a number that fits on the wire."""
    with pytest.raises(Exhausted) as caught, rates.call("never", 0):
        pytest.fail("let in")

    assert 3600 == caught.value.retry_after_s


def test_only_so_many_calls_are_open(rates: Rates) -> None:
    """However slowly they were begun; one that ends, well or not, makes room."""
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(rates.call("acme", None))
        with pytest.raises(Exhausted, match="calls are open"), rates.call("acme", None):
            pytest.fail("let in")
    with contextlib.suppress(ZeroDivisionError), rates.call("acme", None):
        raise ZeroDivisionError

    assert 1 == calls(rates, "acme", 1)


def test_those_who_called_long_ago_take_no_room(rates: Rates, clock: HandClock) -> None:
    """Buckets that are full again are let go once there are many."""
    for number in range(1024):
        calls(rates, f"tenant-{number}", 1)
    clock.pass_s(60)
    calls(rates, "one-more", 11)
    calls(rates, "another", 1)

    assert len(rates._buckets) < 10
    assert 0 == calls(rates, "one-more", 1)

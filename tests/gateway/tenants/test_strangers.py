"""Tokens that do not hold, and what they may cost."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from gateway.tenants.strangers import Strangers, Turned
from likeness_wire.errors import Exhausted
from tests.gateway.house import HandClock

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def strangers(clock: HandClock, metrics: GatewayMetrics) -> Strangers:
    return Strangers(Turned(metrics), clock.monotonic)


def shown(strangers: Strangers, token: str, address: str = HERE, *, holds: bool = False) -> bool:
    """Whether it was looked into."""
    try:
        with strangers.trying(token, address) as trial:
            trial.holds = holds
    except Exhausted:
        return False
    return True


def guessed(strangers: Strangers, number: int, address: str = HERE) -> int:
    """How many of so many guesses were looked into."""
    return sum(shown(strangers, f"guess-{each}", address) for each in range(number))


def test_guessing_is_soon_over(strangers: Strangers, clock: HandClock, metrics: GatewayMetrics) -> None:
    """With the time after which one more is looked into; another address has guesses of its own."""
    assert 60 == guessed(strangers, 100)
    with pytest.raises(Exhausted) as caught, strangers.trying("one more", HERE):
        pytest.fail("looked into")

    assert (reasons.REASON_RATE_LIMITED, 1.0) == (caught.value.reason, caught.value.retry_after_s)
    assert 41 == metrics.registry.get_sample_value("likeness_strangers_turned_away_total", {"credential": "token"})
    assert shown(strangers, "one more", THERE)
    clock.pass_s(1)
    assert 1 == guessed(strangers, 2)


def test_what_held_lately_is_looked_into_beside_any_number_of_guesses(strangers: Strangers) -> None:
    """From the same address; once it holds no longer, it is a guess like others."""
    assert shown(strangers, "good", holds=True)
    guessed(strangers, 100)

    assert shown(strangers, "good", holds=True)
    assert shown(strangers, "good", holds=False)
    assert not shown(strangers, "good", holds=False)


def test_tokens_that_hold_use_up_nothing(strangers: Strangers) -> None:
    """However many are new at once: a fleet behind one address gets in."""
    assert all(shown(strangers, f"good-{number}", holds=True) for number in range(200))
    assert 60 == guessed(strangers, 100)


def test_many_addresses_and_tokens_take_no_more_room(strangers: Strangers) -> None:
    """Those seen longest ago are forgotten; who goes on calling is not."""
    for number in range(20_000):
        shown(strangers, f"token-{number}", f"address-{number}", holds=number % 2 == 0)
        shown(strangers, f"more-{number}", HERE, holds=True)
        shown(strangers, "good", HERE, holds=True)

    assert (len(strangers._buckets), len(strangers._held)) == (4096, 16384)
    guessed(strangers, 100)
    assert shown(strangers, "good", HERE, holds=True)

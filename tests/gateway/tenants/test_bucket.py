"""The token bucket, by any clock."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.tenants.bucket import Bucket, Rate

RATES = st.builds(Rate, per_s=st.floats(0.01, 1000), burst=st.integers(1, 500).map(float))
PAUSES = st.lists(st.floats(0, 30), min_size=1, max_size=200)


def test_a_burst_goes_through_and_the_next_has_to_wait() -> None:
    """For as long as one more takes to come."""
    rate = Rate(per_s=2, burst=3)
    bucket = Bucket(rate, now=10)

    assert [0, 0, 0, 0.5] == [bucket.take(rate, 10) for _ in range(4)]


@given(RATES, PAUSES)
def test_no_stretch_of_time_lets_more_through_than_agreed(rate: Rate, pauses: list[float]) -> None:
    """Whatever the rhythm: at most the burst, and the rate for as long as it took."""
    bucket, now, let_through = Bucket(rate, 0), 0.0, 0
    for pause in pauses:
        now += pause
        let_through += bucket.take(rate, now) == 0

        assert let_through <= rate.burst + rate.per_s * now + 1e-6


@given(RATES, PAUSES)
def test_whoever_waits_as_told_gets_in(rate: Rate, pauses: list[float]) -> None:
    """And a moment earlier nobody does."""
    bucket, now = Bucket(rate, 0), 0.0
    for pause in pauses:
        now += pause
        wait = bucket.take(rate, now)
        if wait:
            assert bucket.take(rate, now + wait * 0.99) > 0
            now += wait * (1 + 1e-9) + 1e-6
            assert bucket.take(rate, now) == 0


@given(RATES, st.lists(st.floats(-50, 50), max_size=20))
def test_a_clock_that_steps_back_gives_nothing(rate: Rate, steps: list[float]) -> None:
    """However greedily calls come, the latest instant ever seen is what counts."""
    bucket, now, latest, let_through = Bucket(rate, 0), 0.0, 0.0, 0
    for step in [*steps, *[-1.0, 1.0] * 5]:
        now += step
        latest = max(latest, now)
        while not bucket.take(rate, now):
            let_through += 1

        assert let_through <= rate.burst + rate.per_s * latest + 1e-6


def test_a_clock_that_steps_back_takes_nothing() -> None:
    """What is left stays left."""
    rate = Rate(per_s=1, burst=3)
    bucket = Bucket(rate, 100)

    assert [0, 0, 0, 1.0] == [bucket.take(rate, now) for now in (100, 50, 0, 100)]


def test_a_refused_call_takes_nothing() -> None:
    """Asking too often does not move the moment away."""
    rate = Rate(per_s=1, burst=1)
    bucket = Bucket(rate, 0)
    bucket.take(rate, 0)

    assert [1.0, 0.75, 0.5] == [bucket.take(rate, now) for now in (0, 0.25, 0.5)]
    assert 0 == bucket.take(rate, 1)


def test_a_rate_that_was_lowered_counts_at_once() -> None:
    """What had been saved up beyond the new burst is gone."""
    high, low = Rate(per_s=10, burst=100), Rate(per_s=1, burst=1)
    bucket = Bucket(high, 0)

    assert [0, 1.0] == [bucket.take(low, 0), bucket.take(low, 0)]


def test_nothing_agreed_is_never() -> None:
    """Once the burst is used up."""
    rate = Rate(per_s=0, burst=1)
    bucket = Bucket(rate, 0)
    bucket.take(rate, 0)

    assert math.inf == bucket.take(rate, 1e9)


@pytest.mark.parametrize(("per_s", "burst"), [(-1, 1), (1, 0.5)])
def test_rates_that_make_no_sense_are_refused(per_s: float, burst: float) -> None:
    with pytest.raises(ValueError):
        Rate(per_s, burst)

"""The simulation of one service, where a formula knows the answer."""

from collections.abc import Sequence
from random import Random
from statistics import fmean

import pytest

from likeness_client.capacity.erlang import erlang_c, mean_wait_s, pollaczek_khinchine_s, wait_exceeds
from likeness_client.capacity.estimates import Estimate, estimate
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.single import FINE_STEPS, Served, served

RUNS, COMERS = 8, 2000
# Many numbers are compared below; of them one in twenty would miss a 95 % interval.
WIDER = 1.6


def exponential() -> tuple[float, ...]:
    """Times that spread as the formula has it, with a mean of 1: each of them is as likely as any other."""
    random = Random(5)
    drawn = [random.expovariate(1.0) for _ in range(20_000)]
    mean = fmean(drawn)
    return tuple(each / mean for each in drawn)


SPREAD = exponential()


def servers(count: int, service_s: float, spread: tuple[float, ...] = ()) -> Pace:
    """One queue, and so many who are as fast whoever else is there."""
    steps = FINE_STEPS if count > 1 else 1
    return Pace(service_s, service_s / count, count, steps, spread)


def runs(pace: Pace, load: float) -> list[Sequence[Served]]:
    """The first tenth, who found it empty, does not count."""

    def ats(random: Random) -> list[float]:
        at, found = 0.0, []
        for _ in range(COMERS):
            at += random.expovariate(load / pace.alone_s)
            found.append(at)
        return found

    return [served(pace, ats(Random(seed)), Random(100 + seed))[COMERS // 10 :] for seed in range(RUNS)]


def near(expected: float, found: Estimate) -> bool:
    assert found.half is not None
    return abs(expected - found.mean) <= WIDER * found.half


@pytest.mark.parametrize(("count", "load"), [(1, 0.6), (3, 2.2), (8, 6.0)])
def test_random_service_waits_as_erlang_says(count: int, load: float) -> None:
    """How many wait, how long on average, and how many longer than half a service."""
    found = runs(servers(count, 10.0, SPREAD), load)

    assert near(erlang_c(count, load), estimate([fmean(each.wait_s > 0.011 for each in run) for run in found]))
    assert near(mean_wait_s(count, load, 10.0), estimate([fmean(each.wait_s for each in run) for run in found]))
    late = estimate([fmean(each.wait_s > 5.0 for each in run) for run in found])
    assert near(wait_exceeds(count, load, 10.0, 5.0), late)


def test_service_that_is_always_the_same_waits_half_as_long() -> None:
    """M/D/1: Pollaczek and Khinchine."""
    found = runs(servers(1, 10.0), 0.7)

    assert near(pollaczek_khinchine_s(0.7, 10.0, 0.0), estimate([fmean(each.wait_s for each in run) for run in found]))


def test_sharing_takes_as_long_whatever_the_spread() -> None:
    """M/G/1 with processor sharing: service by what is left free, for random and for equal times alike."""
    expected = 10.0 / (1 - 0.6)
    for spread in ((), SPREAD):
        shared = Pace(10.0, 10.0, 500, FINE_STEPS, spread)
        found = runs(shared, 0.6)

        assert near(expected, estimate([fmean(each.whole_s for each in run) for run in found]))

"""Orders as tests want them."""

from collections.abc import Iterable

from likeness_client.capacity.arrivals import Fate, Ordered
from likeness_client.capacity.course import Job
from likeness_client.capacity.scenario import Scenario
from likeness_client.capacity.simulation import Outcome, Simulation, Size, Span
from likeness_client.capacity.turns import Turn

GOOD = Fate((), kept=True)
REJECTED_ONCE = Fate((False,), kept=True)
REJECTED_ENLARGED = Fate((True,), kept=True)
GIVEN_UP = Fate((False, False, False, False), kept=False)


def pack(at: float, *fates: Fate, tenant: int = 0) -> Ordered:
    return Ordered(at, Turn(urgent=False, tenant=tenant), enlarged=True, fates=fates)


def single(at: float) -> Ordered:
    return Ordered(at, Turn(urgent=True), enlarged=False, fates=(GOOD,))


def simulation(scenario: Scenario, size: Size, until_s: float, *, scaled: bool = False) -> Simulation:
    """All of it counts, from the first to the last."""
    return Simulation(scenario, size, Span(0.0, until_s), seed=1, scaled=scaled)


def run(
    scenario: Scenario, orders: Iterable[Ordered], size: Size, until_s: float = 10_000.0, *, scaled: bool = False
) -> Outcome:
    return simulation(scenario, size, until_s, scaled=scaled).run(orders)


def by_arrival(outcome: Outcome) -> list[Job]:
    return sorted(outcome.jobs, key=lambda job: job.ordered.at)

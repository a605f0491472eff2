"""What several runs of one fleet come to: replicas, waits, money."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

from likeness_client.capacity.course import Job
from likeness_client.capacity.estimates import Estimate, estimate
from likeness_client.capacity.scenario import Promise, Scenario, Slo
from likeness_client.capacity.simulation import ROLES, FleetCount, Outcome
from likeness_client.load.quantiles import nearest_rank

_HOURS_A_MONTH = 730.0
_CENTS = 100.0


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds."""

    p50: Estimate
    p95: Estimate
    p99: Estimate


@dataclass(frozen=True, slots=True)
class Role:
    """One role's replicas. `used`: of what they could render if they were always full."""

    mean: Estimate
    most: int
    busy: Estimate
    used: Estimate
    seats: Estimate
    starts_a_day: Estimate
    longest_drain_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One fleet."""

    roles: dict[str, Role]
    pack_ready: Waits
    first_picture: Waits
    pack_wait: Waits
    single_ready: Waits | None
    single_wait: Waits | None
    in_time: Estimate
    cents_a_picture: Estimate
    usd_a_month: Estimate

    def as_json(self) -> dict[str, Any]:
        return {name: _finite(value) for name, value in asdict(self).items()}


def in_time(job: Job, slo: Slo) -> bool:
    return (job.whole_s if slo.of is Promise.PACK else job.first_s) <= slo.seconds


def packs(outcome: Outcome) -> list[Job]:
    return [job for job in outcome.jobs if not job.ordered.turn.urgent]


def share_in_time(outcomes: Iterable[Outcome], slo: Slo) -> float:
    """Of the packs of all of them."""
    all_packs = [job for outcome in outcomes for job in packs(outcome)]
    return sum(in_time(job, slo) for job in all_packs) / len(all_packs) if all_packs else 1.0


def figures(scenario: Scenario, outcomes: Sequence[Outcome]) -> Figures:
    def singles(outcome: Outcome) -> list[Job]:
        return [job for job in outcome.jobs if job.ordered.turn.urgent]

    def waits(jobs: Callable[[Outcome], list[Job]], what: Callable[[Job], float]) -> Waits:
        ordered = [found for outcome in outcomes if (found := sorted(map(what, jobs(outcome))))]
        return Waits(*(estimate([nearest_rank(each, share) for each in ordered]) for share in (0.5, 0.95, 0.99)))

    alone = any(singles(outcome) for outcome in outcomes)
    return Figures(
        roles={role: _role(scenario, role, outcomes) for role in ROLES},
        pack_ready=waits(packs, lambda job: job.whole_s),
        first_picture=waits(packs, lambda job: job.first_s),
        pack_wait=waits(packs, lambda job: job.wait_s),
        single_ready=waits(singles, lambda job: job.whole_s) if alone else None,
        single_wait=waits(singles, lambda job: job.wait_s) if alone else None,
        in_time=estimate([share_in_time([outcome], scenario.slo) for outcome in outcomes]),
        cents_a_picture=estimate([cents_a_picture(scenario, outcome) for outcome in outcomes]),
        usd_a_month=estimate([_HOURS_A_MONTH * usd_an_hour(scenario, outcome) for outcome in outcomes]),
    )


def usd_an_hour(scenario: Scenario, outcome: Outcome) -> float:
    """Of all GPUs, from a replica's begin to its end, starting and draining included."""
    prices = {"generator": scenario.generator.usd_per_hour, "upscaler": scenario.upscaler.usd_per_hour}
    return sum(outcome.fleets[role].mean * price for role, price in prices.items())


def cents_a_picture(scenario: Scenario, outcome: Outcome) -> float:
    """By picture that was kept."""
    paid = usd_an_hour(scenario, outcome) * outcome.hours * _CENTS
    return paid / outcome.kept if outcome.kept else inf


def _role(scenario: Scenario, role: str, outcomes: Sequence[Outcome]) -> Role:
    best_s = (scenario.generator if role == "generator" else scenario.upscaler).pace.best_s
    counts = [outcome.fleets[role] for outcome in outcomes]
    hours = outcomes[0].hours

    def used(count: FleetCount) -> float:
        return count.done * best_s / (count.mean * hours * 3600) if count.mean else 0.0

    return Role(
        mean=estimate([count.mean for count in counts]),
        most=int(max(count.most for count in counts)),
        busy=estimate([count.busy for count in counts]),
        used=estimate([used(count) for count in counts]),
        seats=estimate([count.seats for count in counts]),
        starts_a_day=estimate([count.starts / hours * 24 for count in counts]),
        longest_drain_s=max(count.longest_drain_s for count in counts),
    )


def _finite(value: Any) -> Any:
    """JSON has no infinity: null is what never came."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return None if value == inf else value

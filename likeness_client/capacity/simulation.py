"""One run: people come, the fleet follows, and what happened is counted.

Before `warm_s` nothing counts. Those who came until `end_s` do; more come meanwhile, until the last of them has got
everything or `given_up_s` is over: then there is no end to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from random import Random

from simpy import Environment, Event
from simpy.events import ProcessGenerator

from likeness_client.capacity.arrivals import Ordered
from likeness_client.capacity.course import Course, Job, Stages
from likeness_client.capacity.fleet import Fleet, Level
from likeness_client.capacity.scaler import Scaler
from likeness_client.capacity.scenario import Pace, Scenario
from likeness_client.capacity.service import Service
from likeness_client.capacity.turns import Places

ROLES = ("generator", "upscaler")


@dataclass(frozen=True, slots=True)
class Size:
    """Replicas at the beginning, and for ever where nothing scales them."""

    generators: int
    upscalers: int
    verifiers: int

    def of(self, role: str) -> int:
        return self.generators if role == "generator" else self.upscalers


@dataclass(frozen=True, slots=True)
class Span:
    """In simulated seconds."""

    warm_s: float
    end_s: float
    given_up_s: float = inf


@dataclass(frozen=True, slots=True)
class FleetCount:
    """Of one role, over the time that counts."""

    mean: float
    most: float
    starts: int
    busy: float
    """Share of what is paid for in which somebody is at work."""
    seats: float
    """Pictures at work, on average, where somebody is."""
    done: int
    longest_drain_s: float
    history: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`jobs`: those who came in the time that counts. What had not ended takes for ever."""

    span: Span
    jobs: tuple[Job, ...]
    fleets: dict[str, FleetCount]
    kept: int
    """Pictures that were kept in the time that counts, whoever ordered them."""
    in_system: float
    """Jobs, on average."""
    most_hands: int

    @property
    def hours(self) -> float:
        return (self.span.end_s - self.span.warm_s) / 3600


class Simulation:
    """Of one scenario, which has been fitted. Without `scaled` the fleet stays as it is."""

    def __init__(self, scenario: Scenario, size: Size, span: Span, seed: int, *, scaled: bool) -> None:
        self._scenario = scenario
        self._span = span
        self._random = Random(f"{seed} work")  # noqa: S311 - no secret
        self._env = Environment()
        self._jobs: list[Job] = []
        self._open = 0
        self._kept = 0
        self._in_system = Level()
        self._all_done = Event(self._env)
        self._services = self._make_services(size)
        self._before: dict[str, tuple[float, float, int, int]] = {}
        self._hands = self._make_hands()
        self._course = Course(self._env, self._make_stages(), self._ended)
        if scaled:
            for role in ROLES:
                self._env.process(self._scale(role))

    def run(self, orders: Iterable[Ordered]) -> Outcome:
        self._env.process(self._come(orders))
        self._env.process(self._clock())
        self._env.run(until=self._all_done)
        return self._outcome

    def _come(self, orders: Iterable[Ordered]) -> ProcessGenerator:
        for ordered in orders:
            yield self._env.timeout(ordered.at - self._env.now)
            job = self._course.begin(ordered)
            self._in_system.set(self._env.now, self._in_system.value + 1)
            if self._span.warm_s <= ordered.at < self._span.end_s:
                self._jobs.append(job)
                self._open += 1

    def _ended(self, job: Job) -> None:
        self._in_system.set(self._env.now, self._in_system.value - 1)
        if self._counts():
            self._kept += job.kept
        if self._span.warm_s <= job.ordered.at < self._span.end_s:
            self._open -= 1
            self._perhaps_over()

    def _counts(self) -> bool:
        return self._span.warm_s <= self._env.now < self._span.end_s

    def _clock(self) -> ProcessGenerator:
        yield self._env.timeout(self._span.warm_s)
        self._restart()
        yield self._env.timeout(self._span.end_s - self._span.warm_s)
        self._outcome = self._counted()
        self._perhaps_over()
        if self._span.given_up_s < inf:
            yield self._env.timeout(self._span.given_up_s)
            if not self._all_done.triggered:
                self._all_done.succeed()

    def _perhaps_over(self) -> None:
        if self._env.now >= self._span.end_s and not self._open and not self._all_done.triggered:
            self._all_done.succeed()

    def _restart(self) -> None:
        now = self._env.now
        self._in_system.restart(now)
        for role in ROLES:
            fleet = self._services[role].fleet
            fleet.paid.restart(now)
            self._before[role] = (fleet.busy_s, fleet.seat_s, fleet.starts, self._services[role].done)

    def _counted(self) -> Outcome:
        self._in_system.settle(self._env.now)
        return Outcome(
            span=self._span,
            jobs=tuple(self._jobs),  # they go on
            fleets={role: self._count(role) for role in ROLES},
            kept=self._kept,
            in_system=self._in_system.area / (self._span.end_s - self._span.warm_s),
            most_hands=max(hands.most_taken for hands in self._hands.values()),
        )

    def _count(self, role: str) -> FleetCount:
        service, seconds = self._services[role], self._span.end_s - self._span.warm_s
        fleet, (busy_s, seat_s, starts, done) = service.fleet, self._before[role]
        fleet.paid.settle(self._env.now)
        busy_s, seat_s = fleet.busy_s - busy_s, fleet.seat_s - seat_s
        return FleetCount(
            mean=fleet.paid.area / seconds,
            most=fleet.paid.most,
            starts=fleet.starts - starts,
            busy=busy_s / fleet.paid.area if fleet.paid.area else 0.0,
            seats=seat_s / busy_s if busy_s else 0.0,
            done=service.done - done,
            longest_drain_s=fleet.longest_drain_s,
            history=tuple(fleet.paid.history),
        )

    def _scale(self, role: str) -> ProcessGenerator:
        """What is known is as old as the last scrape."""
        rules, service = self._scenario.scaling, self._services[role]
        limits = self._scenario.generator if role == "generator" else self._scenario.upscaler
        assert limits.most is not None  # noqa: S101 - fitted
        scaler = Scaler(rules, target=limits.target, least=limits.least, most=limits.most)
        age_s = self._random.uniform(0, min(rules.scrape_s, rules.poll_s))
        while True:
            yield self._env.timeout(rules.poll_s - age_s)
            outstanding = service.outstanding
            yield self._env.timeout(age_s)
            wanted = scaler.look(self._env.now, outstanding, service.fleet.size)
            if (more := wanted - service.fleet.size) > 0:
                service.grow(more)
            elif more:
                service.shrink(-more)

    def _make_services(self, size: Size) -> dict[str, Service]:
        scenario, gateway = self._scenario, self._scenario.gateway
        gateways = gateway.gateways or 1
        coding = Pace(gateway.finish_s, gateway.finish_s, 1)
        return {
            "generator": self._service(
                scenario.generator.pace, size.generators, gateway.generator_places, scenario.generator.cold_start_s
            ),
            "upscaler": self._service(
                scenario.upscaler.pace, size.upscalers, gateway.upscaler_places, scenario.upscaler.cold_start_s
            ),
            "verifier": self._service(scenario.verifier.pace, size.verifiers, gateway.verifier_places, 0.0),
            "encoder": self._service(coding, gateways * gateway.encoders, gateway.encoders, 0.0),
        }

    def _service(self, pace: Pace, replicas: int, places: int | None, cold_start_s: float) -> Service:
        fleet = Fleet(self._env, pace, cold_start_s)
        fleet.warm(replicas)
        sent = inf if places is None else places * (self._scenario.gateway.gateways or 1)
        return Service(self._env, fleet, pace, sent, self._random)

    def _make_hands(self) -> dict[bool, Places]:
        gateway = self._scenario.gateway
        count = inf if gateway.pictures_at_once is None else gateway.pictures_at_once * (gateway.gateways or 1)
        return {urgent: Places(self._env, count) for urgent in (True, False)}

    def _make_stages(self) -> Stages:
        gateway = self._scenario.gateway
        jobs = min(gateway.jobs_at_once, gateway.tenant_jobs_at_once * self._scenario.demand.tenants)
        return Stages(
            jobs=Places(self._env, jobs * (gateway.gateways or 1)),
            hands=self._hands,
            generator=self._services["generator"],
            verifier=self._services["verifier"],
            upscaler=self._services["upscaler"],
            encoder=self._services["encoder"],
            before_s=gateway.before_s,
        )

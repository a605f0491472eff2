"""The pictures that were asked for, and what has become of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from likeness_client.values.basics import Drift, MadeBy, Problem, Timing
from likeness_client.values.result import Result
from likeness_client.values.words import Kind, Stage, State, Tier


@dataclass(frozen=True, slots=True)
class Ordered:
    """Pictures of one style, every default filled in by the server."""

    style: str
    count: int
    pose: str
    expression: str
    free_text: str
    seed: int | None


@dataclass(frozen=True, slots=True)
class Spec:
    """What a job makes, every default filled in."""

    upload: str
    styles: tuple[Ordered, ...]
    accept_tier: Tier | None
    max_tries: int | None
    long_side: int | None
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class StyleProgress:
    """How far one order is."""

    style_index: int
    wanted: int
    kept: int
    given_up: int
    tries: int
    # The nearest any render came.
    best: Drift | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `estimate`: what is left, once something has been measured."""

    wanted: int
    kept: int
    given_up: int
    tries: int
    estimate: timedelta | None
    styles: tuple[StyleProgress, ...]


@dataclass(frozen=True, slots=True)
class DriftBin:
    """Renders whose drift lies between two numbers."""

    at_least: float
    below: float
    count: int


@dataclass(frozen=True, slots=True)
class PackMetrics:
    """How a pack went. `lock_rate`: share of kept pictures whose tier is locked."""

    tries_per_kept: float
    lock_rate: float
    drifts: tuple[DriftBin, ...]
    unmeasured: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when the server answered. In lists it has neither spec nor results."""

    name: str
    spec: Spec | None
    state: State
    stage: Stage | None
    progress: Progress
    results: tuple[Result, ...]
    # Why it failed, or why it has fewer pictures than asked for.
    problem: Problem | None
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    # When photos and identity are forgotten, when everything is, and when it is unreadable whatever happens.
    photos_expire_time: datetime | None
    expire_time: datetime
    hard_expire_time: datetime
    metrics: PackMetrics | None
    timings: tuple[Timing, ...]
    made_by: tuple[MadeBy, ...]

    @property
    def id(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

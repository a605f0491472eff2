"""What happens to a job while it is watched. Events of the first four kinds are kept and replayed, others pass."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from likeness_client.values.basics import Drift
from likeness_client.values.job import Progress
from likeness_client.values.result import Result
from likeness_client.values.words import Outcome, Stage, State


@dataclass(frozen=True, slots=True)
class PictureRef:
    """Which picture of which order, both counted from 0, in which try, counted from 1."""

    style_index: int
    style: str
    picture: int
    pictures: int
    attempt: int
    seed: int

    def __str__(self) -> str:
        return f"{self.style} {self.picture + 1}/{self.pictures}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`offset`: its place among the kept events; a passing event has that of the kept one before it."""

    offset: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(Event):
    """The job, or what it is doing, changed."""

    state: State
    stage: Stage | None
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class TryJudged(Event):
    """A render has been judged. `try_name`: its record."""

    picture: PictureRef
    try_name: str
    outcome: Outcome
    drift: Drift | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultStored(Event):
    """A picture has been kept and can be downloaded."""

    picture: PictureRef
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureGivenUp(Event):
    """The tries of a picture are used up. `best`: the nearest it came."""

    picture: PictureRef
    best: Drift | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStep(Event):
    """A picture has made a step, or a tile."""

    picture: PictureRef
    stage: Stage | None
    step: int
    steps: int
    estimate: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePreview(Event):
    """A look at a picture while it is rendered: a small JPEG."""

    picture: PictureRef
    step: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive(Event):
    """Nothing happened, and the connection lives."""

    estimate: timedelta | None


JobEvent = StateChanged | TryJudged | ResultStored | PictureGivenUp | PictureStep | PicturePreview | Alive

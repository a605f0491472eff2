"""What the rest of the gateway sees of jobs, whichever engine runs them.

A job is a *course*: an async function that calls *steps*. A step is a plain async function of opaque ids; what it
returns is kept, and a course that goes on elsewhere gets it back instead of running it again. A step that was cut off
runs again, so whatever it does outside has to be safe to repeat.

    async def picture(step: Step, place: int) -> Json: ...

    async def course(run: Run) -> Ending:
        await run.step(identity)
        kept = await asyncio.gather(*[run.step(picture, place) for place in range(4)])
        return Ending(State.SUCCEEDED)

Courses call their steps in the same order every time, and look at nothing but what steps returned.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from likeness.common.v1.reason_pb2 import Reason
from sqlalchemy import Connection

from gateway.retention.holdings import Holding
from services.common.admission import Priority

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({State.SUCCEEDED, State.PARTIAL, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Job:
    """As the job database has it. Times are milliseconds since 1970 by the database's clock."""

    id: str
    tenant: str
    state: State
    priority: Priority
    create_time: int
    start_time: int | None
    end_time: int | None
    reason: Reason | None
    recoveries: int
    # Offset of its last kept event.
    events: int


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, latest first. `after` fetches the next page; None: this was the last."""

    jobs: list[Job]
    after: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """Kept and replayed. `key` names it within its job: a step that runs again cannot report the same thing twice."""

    offset: int
    time: int
    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A job at one moment: what has happened to it, and the holdings it lives by."""

    job: Job
    events: Sequence[Event]
    holding: Holding
    photos: Holding | None


@dataclass(frozen=True, slots=True)
class Passing:
    """Heard by whoever watches this process's part of the job right now; never stored."""

    offset: int
    body: object


@dataclass(frozen=True, slots=True)
class Ending:
    """How a course ends, and why it is not better."""

    state: State
    reason: Reason | None = None

    def __post_init__(self) -> None:
        if self.state not in FINAL:
            raise ValueError(f"{self.state} is no ending")


class Reporter(Protocol):
    """What courses and steps have in common."""

    @property
    def job(self) -> str: ...

    @property
    def tenant(self) -> str: ...

    async def emit(self, key: str, body: Mapping[str, Json]) -> None:
        """A kept event. The second of the same key changes nothing."""

    def tell(self, body: object) -> None:
        """A passing event."""


class Step(Reporter, Protocol):
    """A step while it runs."""

    @property
    def key(self) -> str:
        """The same each time this step of this job runs, and no other's: for calls that are to be made once."""

    @property
    def remaining_s(self) -> float:
        """Until its job is forgotten. Calls to services inherit it by themselves."""


StepFunction: TypeAlias = Callable[..., Awaitable[Json]]


class Run(Reporter, Protocol):
    """A course while it runs."""

    def step(self, function: StepFunction, *args: Json) -> Awaitable[Any]:
        """Begins when awaited, or as a task. Raises what the step raised, as it was recorded: without its message."""


Course: TypeAlias = Callable[[Run], Awaitable[Ending]]


class JobEngine(Protocol):
    """Every question names the tenant: another's job does not exist."""

    def enlist(
        self, tx: Connection, job: str, tenant: str, priority: Priority, about: Mapping[str, Json] | None = None
    ) -> None:
        """Joins the transaction that makes the job's holding: from its commit on the job will run, whoever dies.

        `about` is told with the first event, so that whoever sees the job knows it.
        """

    async def submit(self, tenant: str, job: str) -> Job:
        """Hands an enlisted job to the queue now rather than at the next sweep. Again is no error."""

    async def get(self, tenant: str, job: str) -> Job: ...

    async def look(self, tenant: str, job: str, after: int = 0) -> Seen:
        """With its events so far, after that offset: those that led to the state it is seen in are among them."""

    async def list(
        self, tenant: str, *, size: int = 50, after: str | None = None, states: Collection[State] = ()
    ) -> Page: ...

    async def events(self, tenant: str, job: str, offset: int = 0) -> Sequence[Event]:
        """Kept so far, after that offset."""

    async def cancel(self, tenant: str, job: str) -> Job:
        """Stops it at once, wherever it runs. A job that has ended is returned as it is."""

    def watch(self, tenant: str, job: str, offset: int = 0) -> AsyncGenerator[Event | Passing, None]:
        """Events after that offset, until its end. NotFound with EXPIRED once the job is forgotten."""

    async def delete(self, jobs: Collection[str]) -> None:
        """Stops them and removes every row of them. Rows of holdings that ended go by themselves."""

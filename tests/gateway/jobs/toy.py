"""A course of toy steps whose effects outside can be counted, and jobs made as the ledger makes them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from gateway.jobs.engine import DurableJobs, Pace, running
from gateway.jobs.port import Course, Ending, Event, Json, Run, State, Step
from gateway.jobs.runs import Limits
from gateway.metrics import GatewayMetrics
from gateway.retention.database import Clock, Database, connect, database_clock
from gateway.retention.holdings import Terms, new_id
from gateway.retention.ledger import Ledger
from services.common.admission import Priority

Enlist = Callable[[Connection, str, str, Priority], None]

TENANT = "tenant-a"
QUICK = Pace(lease_s=30, beat_s=0.2, sweep_s=0.1, poll_s=0.05, watch_s=0.05, grace_s=5, stall_s=1)


@dataclass(slots=True)
class Effects:
    """What steps did outside, as files: any process sees them, and no crash undoes them."""

    folder: Path

    def begun(self, name: str) -> None:
        """Counts how often a step ran."""
        with (self.folder / f"{name}.begun").open("ab") as log:
            log.write(b"x")

    def leave(self, name: str) -> None:
        """The effect itself: the first one stays, as in the vault."""
        with contextlib.suppress(FileExistsError):
            (self.folder / f"{name}.effect").touch(exist_ok=False)

    def times(self, name: str) -> int:
        log = self.folder / f"{name}.begun"
        return log.stat().st_size if log.exists() else 0

    def left(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.effect"))


@dataclass(slots=True)
class Toy:
    """An identity, some pictures at once, a farewell. `gate` may hold a step up before and after its effect."""

    effects: Effects
    pictures: int = 3
    gate: Callable[[str], object] = lambda point: None
    seen: list[str] = field(default_factory=list)

    async def identity(self, step: Step) -> Json:
        await self._act(step, "identity")
        return {"faces": 1}

    async def picture(self, step: Step, place: int) -> Json:
        await self._act(step, f"picture-{place}")
        await step.emit(f"picture-{place}", {"kind": "result", "place": place, "drift": 0.25})
        return {"place": place, "kept": True}

    async def farewell(self, step: Step) -> Json:
        await self._act(step, "farewell")
        return None

    async def course(self, run: Run) -> Ending:
        await run.step(self.identity)
        pictures = await asyncio.gather(*[run.step(self.picture, place) for place in range(self.pictures)])
        await run.step(self.farewell)
        kept = sum(picture["kept"] for picture in pictures)
        return Ending(State.SUCCEEDED if kept == self.pictures else State.PARTIAL)

    async def _act(self, step: Step, name: str) -> None:
        self.effects.begun(name)
        await self._pass(f"before-{name}")
        self.effects.leave(name)
        await self._pass(f"after-{name}")

    async def _pass(self, point: str) -> None:
        self.seen.append(point)
        waiting = self.gate(point)
        if asyncio.iscoroutine(waiting):
            await waiting


def enlist(ledger: Ledger, also: Enlist, tenant: str = TENANT, priority: Priority = Priority.BATCH) -> str:
    """A job as `Vault.adopt` makes it, in one transaction with its holding."""
    upload, job = new_id(), new_id()
    ledger.open_upload(upload, tenant, ledger.now())
    ledger.seal(tenant, upload)
    ledger.adopt(tenant, upload, job, also=lambda tx, holding: also(tx, holding.id, tenant, priority))
    return job


@dataclass(slots=True)
class Office:
    """An engine over a database, and what it takes to give it jobs."""

    database: Database
    ledger: Ledger
    jobs: DurableJobs
    metrics: GatewayMetrics

    def enlist(self, tenant: str = TENANT, priority: Priority = Priority.BATCH) -> str:
        return enlist(self.ledger, self.jobs.enlist, tenant, priority)

    async def start(self, tenant: str = TENANT, priority: Priority = Priority.BATCH) -> str:
        job = self.enlist(tenant, priority)
        await self.jobs.submit(tenant, job)
        return job

    async def ended(self, job: str, tenant: str = TENANT) -> State:
        """How it ended, once it has."""
        async with asyncio.timeout(20):
            await self.events(job, tenant)
        return (await self.jobs.get(tenant, job)).state

    async def events(self, job: str, tenant: str = TENANT, offset: int = 0) -> list[Event]:
        return [event async for event in self.jobs.watch(tenant, job, offset) if isinstance(event, Event)]


@contextlib.asynccontextmanager
async def office(
    url: str,
    course: Course,
    *,
    pace: Pace = QUICK,
    limits: Limits | None = None,
    clock: Clock = database_clock,
    **changes: float,
) -> AsyncIterator[Office]:
    database = Database(connect(url, stall_s=pace.stall_s), clock)
    metrics = GatewayMetrics()
    pace = replace(pace, **changes)  # type: ignore[arg-type]
    try:
        async with running(database, url, course, metrics=metrics, pace=pace, limits=limits) as jobs:
            yield Office(database, Ledger(database, Terms()), jobs, metrics)
    finally:
        database.engine.dispose()


async def until(condition: Callable[[], object], at_most_s: float = 15) -> None:
    """Waits for what another task or process brings about."""
    async with asyncio.timeout(at_most_s):
        while not condition():  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.01)

"""The `JobEngine` on DBOS: SQLite in the embedded profile, Postgres in a cluster, the ledger's database in both.

    async with running(database, url, course, pace, metrics) as engine:
        await vault.adopt(tenant, upload, also=lambda tx, job: engine.enlist(tx, job.id, job.tenant, priority))
        await engine.submit(tenant, job)

DBOS keeps the queue and what steps returned; the register keeps what callers see. A job whose process is gone is found
by its lapsed lease, by whichever process looks first, and goes on from its last recorded step.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection

from gateway.jobs.bells import Bells
from gateway.jobs.durable import Durable, ReservedSlot, open_durable
from gateway.jobs.leases import Lease
from gateway.jobs.port import FINAL, Course, Event, Job, Json, Page, Passing, Seen, State
from gateway.jobs.register import Register
from gateway.jobs.runs import Limits, Runs
from gateway.jobs.stock import Stock
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.retention.holdings import new_id
from likeness_wire.errors import LikenessError
from services.common.admission import Priority

_EVENTS_AT_ONCE = 200
# Of its lease, how much may pass without a renewal before a process stops its runs by itself.
_FENCE = 2 / 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are looked at, and how much is done at once."""

    lease_s: float = 30.0
    beat_s: float = 5.0
    sweep_s: float = 1.0
    # Between two looks into the queue.
    poll_s: float = 0.5
    # Between two looks for events of runs in other processes.
    watch_s: float = 0.5
    # A frozen process loses its transactions after that, well before its lease; as for the ledger's connections.
    stall_s: float = 10.0
    # For steps at work when the process is told to stop.
    grace_s: float = 20.0
    # Jobs that run here at once, and those of one tenant among them.
    places: int = 16
    tenant_places: int = 8


@contextlib.asynccontextmanager
async def running(
    database: Database,
    url: str,
    course: Course,
    *,
    metrics: GatewayMetrics,
    pace: Pace | None = None,
    limits: Limits | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncIterator["DurableJobs"]:
    """Jobs run while inside, in the running loop. At the end, what has not ended is handed to the other processes.

    `url` is that of `database`. One at a time in a process.
    """
    engine = DurableJobs(database, course, metrics, pace or Pace(), limits or Limits(), monotonic)
    await engine.open(url)
    try:
        yield engine
    finally:
        await engine.close()


class DurableJobs:
    """Made by `running`."""

    def __init__(
        self,
        database: Database,
        course: Course,
        metrics: GatewayMetrics,
        pace: Pace,
        limits: Limits,
        monotonic: Callable[[], float],
    ) -> None:
        self.executor = new_id()
        self._database = database
        self._metrics = metrics
        self._pace = pace
        self._monotonic = monotonic
        self._renewed = monotonic()
        self._fenced = False
        self._threads = Threads(8)
        self._bells = Bells()
        self._register = Register(database)
        self._lease = Lease(database, self.executor, pace.lease_s)
        self._stock = Stock(database)
        self._runs = Runs(
            course, self._register, self._bells, self._threads, self.executor, ReservedSlot, limits, self._measure
        )
        self._durable: Durable
        self._background: list[asyncio.Task[None]] = []

    async def open(self, url: str) -> None:
        """Alive before the first job is taken: nobody takes it for dead."""
        await self._threads(self._database.create_tables)
        await self._threads(self._lease.renew)
        self._renewed = self._monotonic()
        self._durable = await open_durable(
            url,
            self.executor,
            self._runs.run,
            places=self._pace.places,
            tenant_places=self._pace.tenant_places,
            poll_s=self._pace.poll_s,
            stall_s=self._pace.stall_s,
        )
        self._background = [asyncio.create_task(self._beat_for_ever()), asyncio.create_task(self._sweep_for_ever())]

    async def close(self) -> None:
        """Ends the steps at work if they end soon, and hands back the rest."""
        beating, sweeping = self._background
        await _ended(sweeping)
        self._durable.stop_taking()
        await self._runs.drain(self._pace.grace_s)
        await _ended(beating)
        with contextlib.suppress(LikenessError):  # whoever is left finds it by the lease
            await self._hand_back()
            await self._threads(self._lease.give_up)
        await self._durable.close()
        self._threads.close()

    def enlist(
        self, tx: Connection, job: str, tenant: str, priority: Priority, about: Mapping[str, Json] | None = None
    ) -> None:
        self._register.enlist(tx, job, tenant, priority, about or {})

    async def submit(self, tenant: str, job: str) -> Job:
        found = await self.get(tenant, job)
        if found.state is State.QUEUED:
            await self._enqueue(found)
        return found

    async def get(self, tenant: str, job: str) -> Job:
        return await self._threads(self._register.find, tenant, job)

    async def look(self, tenant: str, job: str, after: int = 0) -> Seen:
        return await self._threads(self._register.look, tenant, job, after)

    async def list(
        self, tenant: str, *, size: int = 50, after: str | None = None, states: Collection[State] = ()
    ) -> Page:
        return await self._threads(self._register.page, tenant, size, after, states)

    async def events(self, tenant: str, job: str, offset: int = 0) -> Sequence[Event]:
        await self.get(tenant, job)
        found: list[Event] = []
        while True:
            some = await self._threads(self._register.events, job, offset, _EVENTS_AT_ONCE)
            found += some
            if len(some) < _EVENTS_AT_ONCE:
                return found
            offset = some[-1].offset

    async def cancel(self, tenant: str, job: str) -> Job:
        await self.get(tenant, job)
        if await self._threads(self._register.end, job, State.CANCELLED, reasons.REASON_CANCELLED):
            self._runs.stop([job])
            self._bells.ring(job)
            await self._durable.cancel([job])
        return await self.get(tenant, job)

    async def watch(self, tenant: str, job: str, offset: int = 0) -> AsyncGenerator[Event | Passing, None]:
        with self._bells.listening(job) as listener:
            while True:
                # The state first: an end that is seen has all its events behind it.
                found = await self.get(tenant, job)
                events = await self._threads(self._register.events, job, offset, _EVENTS_AT_ONCE)
                for event in events:
                    offset = event.offset
                    yield event
                for body in listener.take():
                    yield Passing(offset, body)
                if found.state in FINAL and found.events <= offset:
                    return
                if len(events) < _EVENTS_AT_ONCE:
                    await listener.wait(self._pace.watch_s)

    async def delete(self, jobs: Collection[str]) -> None:
        self._runs.stop(jobs)
        await self._durable.cancel(jobs)
        await self._threads(self._register.forget, jobs)
        await self._durable.delete(jobs)
        for job in jobs:
            self._bells.ring(job)

    async def sweep(self) -> None:
        """Everything that is due, once. Any number of processes may do it at the same time."""
        self._metrics.jobs_unattended.set(await self._threads(self._stock.unattended))
        if over := await self._threads(self._register.over):
            await self.delete(over)
        for job in await self._threads(self._register.to_submit):
            await self._enqueue(job)
        others = await self._durable.executors() - {self.executor}
        if dead := await self._threads(self._lease.dead, others):
            self._metrics.jobs_reclaimed.inc(await self._durable.reclaim(dead))
        await self._settle(await self._durable.over())

    async def beat(self) -> None:
        """Renews the lease. After a lapse the runs of this process are handed back: others may have them already."""
        began = self._monotonic()
        in_time = await self._threads(self._lease.renew)
        self._renewed = began
        if not in_time or self._fenced:
            _log.warning("this process was cut off for a while, and hands its jobs back")
            await asyncio.gather(*self._runs.stop(), return_exceptions=True)
            await self._hand_back()
            self._fenced = False

    async def _enqueue(self, job: Job) -> None:
        await self._durable.enqueue(job.id, job.tenant, job.priority)
        await self._threads(self._register.submitted, job.id)

    async def _settle(self, jobs: Collection[str]) -> None:
        """What the queue is done with ends here too, if it has not: it could not even be run."""
        for job in jobs:
            if await self._threads(self._register.end, job, State.FAILED, reasons.REASON_INTERNAL):
                _log.error("a job ended without its course saying how")
        await self._durable.delete(jobs)

    async def _measure(self, job: str) -> None:
        """A number that is lost is no reason to run the job again."""
        with contextlib.suppress(LikenessError):
            if (timeline := await self._threads(self._stock.timeline, job)) is not None:
                self._metrics.count_job(timeline)

    async def _hand_back(self) -> None:
        await self._threads(self._register.release, self.executor)
        await self._durable.reclaim([self.executor])

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._pace.beat_s)
            beat = asyncio.ensure_future(self.beat())
            try:
                while not (await asyncio.wait([beat], timeout=self._pace.beat_s))[0]:
                    self._fence()
            except asyncio.CancelledError:
                await _ended(beat)  # it must not outlive us, and take a lease that was given up for one that lapsed
                raise
            if beat.exception() is not None:
                _log.warning("the lease of this process could not be renewed", exc_info=beat.exception())
                self._fence()

    def _fence(self) -> None:
        """Whoever cannot reach the database stops before others take it for dead."""
        if self._monotonic() - self._renewed > self._pace.lease_s * _FENCE:
            self._fenced = True
            self._runs.stop()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._pace.sweep_s)
            try:
                await self.sweep()
            except Exception as error:
                _log.warning("a sweep of jobs did not go through", exc_info=error)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])

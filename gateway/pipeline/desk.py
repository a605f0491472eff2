"""Where jobs are taken on, stopped, and seen out.

async with Desk(vault, jobs, database).at_work() as desk:
    job = await desk.begin(tenant, upload, spec, ttl, also=...)
    await desk.again(tenant, job.id, spec)      a request that came twice: whatever was left undone is done
    await desk.cancel(tenant, job.id)
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from likeness.gateway.v1.job_pb2 import JobSpec
from sqlalchemy import Connection, select

from gateway.jobs.port import FINAL, Job, JobEngine, State
from gateway.jobs.tables import JOBS
from gateway.offload import Threads
from gateway.pipeline import events
from gateway.pipeline.orders import priority_of
from gateway.pipeline.records import Records
from gateway.retention.database import Database
from gateway.retention.holdings import Holding, Kind
from gateway.retention.holdings import State as HoldingState
from gateway.retention.tables import HOLDINGS
from gateway.vault import Vault
from likeness_wire.errors import LikenessError

_FINAL = tuple(sorted(FINAL))
_AT_ONCE = 100

_log = logging.getLogger(__name__)


class Desk:
    """One per gateway."""

    def __init__(self, vault: Vault, jobs: JobEngine, database: Database) -> None:
        self._vault = vault
        self._jobs = jobs
        self._database = database
        self._threads = Threads(1)

    @contextlib.asynccontextmanager
    async def at_work(self, every_s: float = 5.0) -> AsyncIterator["Desk"]:
        """Inside, jobs that ended are seen out by somebody, however they ended."""
        seeing_out = asyncio.create_task(self._see_out_for_ever(every_s))
        try:
            yield self
        finally:
            seeing_out.cancel()
            await asyncio.wait([seeing_out])
            self._threads.close()

    async def begin(
        self,
        tenant: str,
        upload: str,
        spec: JobSpec,
        ttl: timedelta | None = None,
        also: Callable[[Connection, Holding], None] = lambda tx, job: None,
    ) -> Holding:
        """A job for the upload, as `orders.completed` has the spec, with its upload's name in it.

        `also` joins the transaction that makes it, before it counts as open, or stops it. From the end of that on the
        job exists: if what follows fails, the error says so and `again` mends it; until then it waits for its spec.
        """

        def enlist(tx: Connection, job: Holding) -> None:
            also(tx, job)
            self._jobs.enlist(tx, job.id, job.tenant, priority_of(spec), events.begun(spec))

        job = await self._vault.adopt(tenant, upload, ttl, enlist)
        await self._put_spec(job, spec)
        await self._jobs.submit(tenant, job.id)
        return job

    async def again(self, tenant: str, job: str, spec: JobSpec) -> Holding:
        """The same request once more, for a job it has made. A spec that is there already stays as it is."""
        holding = await self._vault.find(tenant, job)
        # Asked first: most that come twice come late, and finding a place filled takes several transactions.
        if all(each.kind is not Kind.SPEC for each in await self._vault.stored(tenant, job)):
            await self._put_spec(holding, spec)
        await self._jobs.submit(tenant, job)
        return holding

    async def cancel(self, tenant: str, job: str) -> Job:
        """Stops it and forgets the photos. A job that has ended is returned as it is."""
        cancelled = await self._jobs.cancel(tenant, job)
        if cancelled.state is State.CANCELLED:
            await self._vault.finish(tenant, job, forget_photos=True)
        return cancelled

    async def see_out(self) -> None:
        """What the courses of jobs could not do: they were cancelled, or died with their processes."""
        for tenant, job, state in await self._threads(self._unfinished):
            with contextlib.suppress(LikenessError):  # it is looked at again
                await self._vault.finish(tenant, job, forget_photos=state == State.CANCELLED)

    async def _put_spec(self, job: Holding, spec: JobSpec) -> None:
        complete = JobSpec()
        complete.CopyFrom(spec)
        complete.expire_time.FromMilliseconds(job.expire_time)
        await Records(self._vault, job).put_spec(complete)

    def _unfinished(self) -> list[tuple[str, str, str]]:
        """Jobs that have ended though their holdings do not know it yet."""
        query = (
            select(JOBS.c.tenant, JOBS.c.id, JOBS.c.state)
            .join(HOLDINGS, HOLDINGS.c.id == JOBS.c.id)
            .where(JOBS.c.state.in_(_FINAL), HOLDINGS.c.state == HoldingState.RUNNING, HOLDINGS.c.ended_time.is_(None))
        )
        with self._database.reading() as tx:
            return [(row.tenant, row.id, row.state) for row in tx.execute(query.limit(_AT_ONCE))]

    async def _see_out_for_ever(self, every_s: float) -> None:
        while True:
            try:
                await self.see_out()
            except Exception as error:
                _log.warning("jobs that ended could not be seen out", exc_info=error)
            await asyncio.sleep(every_s)

"""DBOS, and nothing else of ours knows it. What is used beside its public interface is pinned by contract tests.

Public: workflows, queues, step reservations, cancelling, listing, deleting. Internal, since its public counterparts do
something else: `_recover_pending_workflows` (the public `resume` clears the count of attempts and looks at no owner),
the events that stop its threads, and its default serialiser, which would unpickle whatever a row asks it to.

DBOS is one per process. It fences executions itself: a claim of the queue writes an owner's token, and whoever lost it
cannot record a step any more.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from dbos import DBOS, DBOSClient, DBOSConfig, SetEnqueueOptions, SetWorkflowID
from dbos._error import DBOSWorkflowCancelledError, DBOSWorkflowConflictIDError
from dbos._serialization import DBOSDefaultSerializer, Serializer
from sqlalchemy import Engine, create_engine, event, make_url

from gateway.jobs.codec import decode, encode
from gateway.jobs.port import Json
from services.common.admission import Priority

# Of what is stored: courses of one version go on in processes of the same version only.
VERSION = "1"

_APPLICATION = "likeness"
_COURSE = "course"
_QUEUE = "jobs"
_OVER = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
# Ours is lower, and knows a hand-back from a death.
_MOST_DISPATCHES = 1000
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")


class Durable:
    """The running engine of this process."""

    def __init__(self, dbos: DBOS, workflow: Callable[[str], Any], engine: Engine | None) -> None:
        self._dbos = dbos
        self._workflow = workflow
        self._engine = engine

    async def enqueue(self, job: str, tenant: str, priority: Priority) -> None:
        """Again is no error: a job has its id once."""
        options = SetEnqueueOptions(priority=int(priority) + 1, queue_partition_key=tenant)
        with SetWorkflowID(job), options:
            await DBOS.enqueue_workflow_async(_QUEUE, self._workflow, job)

    async def cancel(self, jobs: Collection[str]) -> None:
        await DBOS.cancel_workflows_async(list(jobs))

    async def delete(self, jobs: Collection[str]) -> None:
        """Inputs, steps and outcome; no trace stays."""
        if jobs:
            await DBOS.delete_workflows_async(list(jobs))

    async def executors(self) -> set[str]:
        """Processes, dead or alive, that have jobs."""
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return {found.executor_id for found in pending if found.executor_id}

    async def reclaim(self, executors: Collection[str]) -> int:
        """Puts the jobs of those processes back into the queue, unless others have them by now."""
        handles = await asyncio.to_thread(self._dbos._recover_pending_workflows, list(executors))
        return len(handles)

    async def over(self, limit: int = 200) -> list[str]:
        """Whose rows nobody needs any more."""
        found = await DBOS.list_workflows_async(status=_OVER, limit=limit, load_input=False, load_output=False)
        return [each.workflow_id for each in found]

    def stop_taking(self) -> None:
        """No job leaves the queue for this process any more."""
        for stop in self._dbos.background_thread_stop_events:
            stop.set()

    async def close(self) -> None:
        """Runs have ended before."""
        own = ThreadPoolExecutor(1)
        await asyncio.get_running_loop().run_in_executor(own, lambda: DBOS.destroy(destroy_registry=True))
        # DBOS has put threads of its own behind asyncio's, and they ended with it.
        asyncio.get_running_loop().set_default_executor(own)
        if self._engine is not None:
            self._engine.dispose()


class ReservedSlot:
    """A `Slot` of the run it is drawn in."""

    def __init__(self) -> None:
        self._reserved = DBOS.reserve_step()

    @property
    def number(self) -> int:
        return self._reserved.step_id

    async def run(self, name: str, body: Callable[[], Awaitable[Json]]) -> Json:
        async def step() -> Json:
            return await body()

        try:
            return await self._reserved.run_async({"name": name, "preemptible": True}, step)
        except (DBOSWorkflowCancelledError, DBOSWorkflowConflictIDError):
            # Cancelled, or another process's by now: DBOS would wait here for its end.
            raise asyncio.CancelledError from None


async def open_durable(
    url: str,
    executor: str,
    course: Callable[[str], Awaitable[None]],
    *,
    places: int,
    tenant_places: int,
    poll_s: float,
    stall_s: float,
) -> Durable:
    """Launched within the running loop, which its runs will share with the server."""
    logger = logging.getLogger("dbos")
    logger.addHandler(logging.NullHandler())  # it would print to the console by itself
    logger.setLevel(logging.WARNING)
    DBOSDefaultSerializer.deserialize = _refuse_pickle  # type: ignore[assignment, method-assign]
    engine = _sqlite_engine(url) if make_url(url).get_backend_name() == "sqlite" else None
    await asyncio.to_thread(_prepare, url, engine, places, tenant_places, poll_s)
    config: DBOSConfig = {
        "name": _APPLICATION,
        "system_database_url": url,
        "system_database_engine": engine,
        "sys_db_pool_size": 8,
        "sys_db_idle_transaction_timeout_sec": stall_s,
        "run_migrations": False,
        "executor_id": executor,
        "application_version": VERSION,
        "serializer": AllowList(),
        "enable_otlp": False,
        "log_level": "WARNING",
        # Nothing of ours listens; its thread is waited for at the end.
        "notification_listener_polling_interval_sec": min(poll_s, 0.5),
    }
    dbos = DBOS(config=config)

    async def run(job: str) -> None:
        await course(job)

    workflow = DBOS.workflow(name=_COURSE, max_recovery_attempts=_MOST_DISPATCHES)(run)
    DBOS.launch()
    return Durable(dbos, cast("Callable[[str], Any]", workflow), engine)


def _prepare(url: str, engine: Engine | None, places: int, tenant_places: int, poll_s: float) -> None:
    """Tables, and the queue as it should be before anybody looks into it."""
    DBOS.migrate(url)
    client = DBOSClient(
        system_database_url=url, system_database_engine=engine, serializer=AllowList(), application_name=_APPLICATION
    )
    try:
        client.register_queue(
            _QUEUE,
            worker_concurrency=places,
            partition_worker_concurrency=tenant_places,
            polling_interval_sec=poll_s,
        )
    finally:
        client.destroy()


class AllowList(Serializer):
    """JSON of what the codec allows."""

    def serialize(self, data: Any) -> str:
        return encode(data)

    def deserialize(self, serialized_data: str) -> Any:
        return decode(serialized_data)

    def name(self) -> str:
        return "likeness_json"


def _refuse_pickle(serialized: str) -> Any:
    raise TypeError("nothing that could run is read from the job database")


def _sqlite_engine(url: str) -> Engine:
    """As for our own tables, but with transactions as DBOS begins them itself."""
    engine = create_engine(url, connect_args={"timeout": 30.0}, hide_parameters=True)

    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    event.listen(engine, "connect", set_up)
    return engine

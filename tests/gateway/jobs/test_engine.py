"""Jobs in one process: they run, end, fail, stop, expire, and are handed on; on SQLite and on Postgres."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, text

from gateway.jobs.port import Ending, Event, Json, Passing, Run, State, Step
from gateway.jobs.runs import Limits
from gateway.retention.database import database_clock
from likeness_wire.errors import BadPhoto, NotFound, Unavailable
from services.common.admission import Priority
from tests.gateway.jobs.conftest import Held
from tests.gateway.jobs.toy import QUICK, TENANT, Office, Toy, enlist, office, until

ALL = ["farewell", "identity", "picture-0", "picture-1", "picture-2"]


def _keys(events: list[Event]) -> list[str]:
    return [event.key for event in events]


def _as_of_another_process(office: Office, job: str) -> None:
    """What the database looks like when the process that ran it is gone."""
    table = "workflow_status" if office.database.engine.dialect.name == "sqlite" else "dbos.workflow_status"
    with office.database.transaction() as tx:
        tx.execute(text(f"UPDATE {table} SET executor_id = 'gone' WHERE workflow_uuid = '{job}'"))


async def test_a_job_runs_its_steps_once_and_says_so(url: str, toy: Toy) -> None:
    """Every event has the next offset, and whoever comes back with an offset gets the rest."""
    async with office(url, toy.course) as at:
        job = await at.start()

        assert await at.ended(job) is State.SUCCEEDED
        events = await at.events(job)
        assert [event.offset for event in events] == [1, 2, 3, 4, 5, 6]
        assert _keys(events)[:2] == ["state-queued", "state-running"]
        assert sorted(_keys(events)[2:5]) == ["picture-0", "picture-1", "picture-2"]
        assert events[5].body == {"kind": "state", "state": "succeeded"}
        assert _keys(await at.events(job, offset=4)) == _keys(events)[4:]
    assert toy.effects.left() == ALL
    assert {toy.effects.times(step) for step in ALL} == {1}


async def test_submitting_again_runs_nothing_again(sqlite: str, toy: Toy) -> None:
    """Neither while it waits nor after it has ended."""
    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await asyncio.gather(*[at.jobs.submit(TENANT, job) for _ in range(5)])
        await at.ended(job)
        await at.jobs.sweep()
        await at.jobs.submit(TENANT, job)
        await at.jobs.sweep()

        assert toy.effects.times("identity") == 1


async def test_what_was_enlisted_runs_though_nobody_submitted_it(sqlite: str, toy: Toy) -> None:
    """The process that made the job may have died right after."""
    async with office(sqlite, toy.course) as at:
        assert await at.ended(at.enlist()) is State.SUCCEEDED


async def test_a_failed_step_leaves_its_reason_and_no_message(sqlite: str, quick_path: Path) -> None:
    """Neither in the register nor in what the engine keeps."""

    async def fails(step: Step) -> Json:
        raise BadPhoto(reasons.REASON_NO_FACE, "secret words about a face")

    async def course(run: Run) -> Ending:
        await run.step(fails)
        return Ending(State.SUCCEEDED)

    async with office(sqlite, course) as at:
        job = await at.start()

        assert await at.ended(job) is State.FAILED
        assert (await at.jobs.get(TENANT, job)).reason == reasons.REASON_NO_FACE
    assert not _is_written(b"secret", quick_path)


async def test_a_bug_in_a_course_is_an_internal_failure(sqlite: str) -> None:
    """The job ends; the next one runs."""

    async def course(run: Run) -> Ending:
        raise ZeroDivisionError

    async with office(sqlite, course) as at:
        job = await at.start()

        assert await at.ended(job) is State.FAILED
        assert (await at.jobs.get(TENANT, job)).reason == reasons.REASON_INTERNAL


async def test_a_course_can_go_on_after_a_failed_step(sqlite: str) -> None:
    """It gets the failure as its class, now and when it is replayed."""

    async def fails(step: Step) -> Json:
        raise BadPhoto(reasons.REASON_DRIFTED, "too far")

    async def course(run: Run) -> Ending:
        try:
            await run.step(fails)
        except BadPhoto as error:
            return Ending(State.PARTIAL, error.reason)
        return Ending(State.SUCCEEDED)

    async with office(sqlite, course) as at:
        assert await at.ended(await at.start()) is State.PARTIAL


async def test_a_step_is_tried_again_while_its_failure_may_pass(sqlite: str) -> None:
    """A store that errs, a service that is busy: a pause, not a failure."""
    tries: list[str] = []

    async def busy(step: Step) -> Json:
        tries.append(step.key)
        if len(tries) < 3:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "in a moment", retry_after_s=0.01)
        return len(tries)

    async def course(run: Run) -> Ending:
        return Ending(State.SUCCEEDED if await run.step(busy) == 3 else State.FAILED)

    async with office(sqlite, course) as at:
        assert await at.ended(await at.start()) is State.SUCCEEDED
    assert len(tries) == 3
    assert len(set(tries)) == 1


async def test_patience_ends(sqlite: str) -> None:
    """What does not pass is a failure after all, with its reason."""

    async def never(step: Step) -> Json:
        raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "in a moment")

    async def course(run: Run) -> Ending:
        await run.step(never)
        return Ending(State.SUCCEEDED)

    async with office(sqlite, course, limits=Limits(patience_s=0.1)) as at:
        job = await at.start()

        assert await at.ended(job) is State.FAILED
        assert (await at.jobs.get(TENANT, job)).reason == reasons.REASON_PEER_UNAVAILABLE


async def test_cancelling_stops_the_step_at_work(url: str, held: Callable[[str], Held]) -> None:
    """At once, and no further step begins. Cancelling again changes nothing."""
    toy = held("before-identity")
    async with office(url, toy.course) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        cancelled = await at.jobs.cancel(TENANT, job)
        toy.go.set()

        assert (cancelled.state, cancelled.reason) == (State.CANCELLED, reasons.REASON_CANCELLED)
        assert await at.ended(job) is State.CANCELLED
        assert await at.jobs.cancel(TENANT, job) == await at.jobs.get(TENANT, job)
        await at.jobs.sweep()
        assert toy.effects.left() == []


async def test_another_tenants_job_does_not_exist(sqlite: str, toy: Toy) -> None:
    """For every question."""
    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await at.ended(job)
        for question in (at.jobs.get, at.jobs.cancel, at.jobs.submit):
            with pytest.raises(NotFound) as refused:
                await question("tenant-b", job)
            assert refused.value.reason == reasons.REASON_NOT_FOUND
        with pytest.raises(NotFound):
            await at.events(job, "tenant-b")
        assert (await at.jobs.list("tenant-b")).jobs == []


async def test_lists_come_in_pages_latest_first(sqlite: str, toy: Toy) -> None:
    """Nothing twice, nothing left out, and only the states that were asked for."""
    async with office(sqlite, toy.course, places=8, tenant_places=8) as at:
        jobs = [await at.start() for _ in range(5)]
        for job in jobs:
            await at.ended(job)
        pages, after = [], None
        while True:
            page = await at.jobs.list(TENANT, size=2, after=after)
            pages.append([job.id for job in page.jobs])
            if (after := page.after) is None:
                break

        assert [len(page) for page in pages] == [2, 2, 1]
        assert sorted(job for page in pages for job in page) == sorted(jobs)
        assert (await at.jobs.list(TENANT, states=[State.FAILED])).jobs == []


async def test_a_job_ends_with_its_holding_and_no_row_stays(url: str, held: Callable[[str], Held]) -> None:
    """Whoever watches it is told that it is forgotten."""
    toy = held("before-farewell")
    async with office(url, toy.course) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        at.ledger.shorten(TENANT, job, at.ledger.now())
        with pytest.raises(NotFound) as over:
            async with asyncio.timeout(5):
                await at.events(job)
        await at.jobs.sweep()
        await at.jobs.sweep()

        assert over.value.reason == reasons.REASON_EXPIRED
        assert _rows(at, job) == 0
        assert "farewell" not in toy.effects.left()


async def test_a_step_at_work_is_cut_off_at_the_deadline(sqlite: str, held: Callable[[str], Held]) -> None:
    """By its own clock, though nobody sweeps."""
    toy = held("before-identity")
    async with office(sqlite, toy.course, sweep_s=60) as at:
        job = at.enlist()
        at.ledger.shorten(TENANT, job, at.ledger.now() + 700)
        await at.jobs.submit(TENANT, job)
        await until(lambda: toy.reached)
        await until(lambda: not at.jobs._runs._tasks)

        assert toy.effects.left() == []


async def test_what_a_process_cannot_finish_goes_on_in_the_next(url: str, held: Callable[[str], Held]) -> None:
    """Told to stop, it cuts the step off after its grace and hands the job back: at once, and that is no recovery."""
    toy = held("before-farewell")
    async with office(url, toy.course, grace_s=0.05) as at:
        job = await at.start()
        await until(lambda: toy.reached)
    toy.go.set()
    async with office(url, toy.course) as at:
        assert await at.ended(job) is State.SUCCEEDED
        assert (await at.jobs.get(TENANT, job)).recoveries == 0
    assert [toy.effects.times(step) for step in ALL] == [2, 1, 1, 1, 1]


async def test_a_step_that_ends_within_the_grace_is_recorded(sqlite: str, held: Callable[[str], Held]) -> None:
    """It does not run again, and no further step begins here."""
    toy = held("before-identity")
    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        asyncio.get_running_loop().call_later(0.3, toy.go.set)
    assert toy.effects.left() == ["identity"]
    async with office(sqlite, toy.course) as at:
        assert await at.ended(job) is State.SUCCEEDED
    assert toy.effects.times("identity") == 1


async def test_no_step_begins_while_a_process_stops(sqlite: str) -> None:
    """Though others are given the time to end: what it would begin is for the next process."""
    gates = {name: asyncio.Event() for name in ("short", "long", "next")}
    seen: list[str] = []

    async def gated(step: Step, name: str) -> Json:
        seen.append(name)
        await gates[name].wait()
        return None

    async def course(run: Run) -> Ending:
        short, long = run.step(gated, "short"), asyncio.ensure_future(run.step(gated, "long"))
        await short
        await run.step(gated, "next")
        await long
        return Ending(State.SUCCEEDED)

    async with office(sqlite, course) as at:
        job = await at.start()
        await until(lambda: sorted(seen) == ["long", "short"])
        asyncio.get_running_loop().call_later(0.1, gates["short"].set)
        asyncio.get_running_loop().call_later(0.5, gates["long"].set)
    gates["next"].set()
    assert "next" not in seen
    async with office(sqlite, course) as at:
        assert await at.ended(job) is State.SUCCEEDED
    assert sorted(seen) == ["long", "next", "short"]


async def test_jobs_of_a_process_that_is_gone_are_reclaimed(url: str, held: Callable[[str], Held]) -> None:
    """Steps that were recorded are not run again. Who wakes up as a zombie changes nothing, and stops nobody else."""
    toy = held("after-picture-1")
    async with office(url, toy.course) as at:
        job = await at.start()
        await until(lambda: toy.reached and toy.effects.left() == [step for step in ALL if step != "farewell"])
        await until(lambda: {"picture-0", "picture-2"} <= _written(at, job))
        zombie, second = toy.go, Held(toy.effects, "before-farewell")
        toy.gate = second.gate
        _as_of_another_process(at, job)
        await until(lambda: "before-farewell" in toy.seen)
        events = at.jobs._register.events(job, 0)
        zombie.set()
        await until(lambda: len(at.jobs._runs._tasks[job]) == 1)
        assert at.jobs._register.events(job, 0) == events
        second.go.set()

        assert await at.ended(job) is State.SUCCEEDED
        events = await at.events(job)
        assert len(set(_keys(events))) == len(events)
        assert (await at.jobs.get(TENANT, job)).recoveries == 1
        assert at.metrics.registry.get_sample_value("likeness_jobs_reclaimed_total") == 1
    assert toy.effects.times("identity") == toy.effects.times("picture-0") == toy.effects.times("farewell") == 1
    assert toy.effects.times("picture-1") == 2


async def test_what_has_ended_before_its_turn_does_not_run(sqlite: str, toy: Toy) -> None:
    """The process that cancelled it died before it could tell the queue; nothing of it stays there."""
    async with office(sqlite, toy.course) as at:
        job = at.enlist()
        at.jobs._register.end(job, State.CANCELLED)
        await at.jobs._durable.enqueue(job, TENANT, Priority.BATCH)
        await until(lambda: _engine_rows(at, job) > 0)
        await until(lambda: _engine_rows(at, job) == 0)

        assert toy.effects.left() == []


async def test_a_job_that_takes_its_processes_down_is_given_up(sqlite: str, held: Callable[[str], Held]) -> None:
    """After so many of them."""
    toy = held("before-identity")
    async with office(sqlite, toy.course, limits=Limits(most_recoveries=1)) as at:
        job = await at.start()
        for time in (1, 2):
            await until(lambda: toy.effects.times("identity") == time)  # noqa: B023 - called within the turn
            _as_of_another_process(at, job)

        assert await at.ended(job) is State.FAILED
        assert (await at.jobs.get(TENANT, job)).reason == reasons.REASON_INTERNAL
        assert toy.effects.times("identity") == 2
        toy.go.set()


async def test_a_process_that_overslept_its_lease_starts_over(sqlite: str, held: Callable[[str], Held]) -> None:
    """Others may have its jobs by now. It hands back what it still has, and goes on with a claim that holds."""
    toy = held("before-picture-2")
    late_ms = 0

    def clock(tx: Connection) -> int:
        return database_clock(tx) + late_ms

    async with office(sqlite, toy.course, clock=clock, beat_s=60) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        late_ms = 31_000
        await at.jobs.beat()
        toy.go.set()

        assert await at.ended(job) is State.SUCCEEDED
        assert (await at.jobs.get(TENANT, job)).recoveries == 0
    assert toy.effects.times("identity") == 1
    assert toy.effects.times("picture-2") == 2


async def test_while_the_database_does_not_answer_jobs_wait(sqlite: str, toy: Toy) -> None:
    """A pause is all that is seen of it."""
    broken = False

    def clock(tx: Connection) -> int:
        if broken:
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "the job database does not answer")
        return database_clock(tx)

    async def breaks(point: str) -> None:
        nonlocal broken
        if point == "after-identity":
            broken = True
            asyncio.get_running_loop().call_later(0.5, mend)

    def mend() -> None:
        nonlocal broken
        broken = False

    toy.gate = breaks
    async with office(sqlite, toy.course, clock=clock) as at:
        job = await at.start()
        await until(lambda: broken)
        await until(lambda: not broken)

        assert await at.ended(job) is State.SUCCEEDED
    assert {toy.effects.times(step) for step in ALL} == {1}


async def test_who_looks_at_a_spinner_goes_first(sqlite: str, held: Callable[[str], Held]) -> None:
    """Of two that wait, the interactive one, though it came later."""
    toy = held("before-identity")
    async with office(sqlite, toy.course, places=1, tenant_places=1) as at:
        first = await at.start()
        await until(lambda: toy.reached)
        batch = await at.start()
        interactive = await at.start(priority=Priority.INTERACTIVE)
        toy.go.set()
        for job in (first, batch, interactive):
            await at.ended(job)
        starts = [(await at.jobs.get(TENANT, job)).start_time or 0 for job in (interactive, batch)]

        assert starts == sorted(starts)
        assert starts[0] != starts[1]


async def test_one_tenant_cannot_hold_all_places(sqlite: str, held: Callable[[str], Held]) -> None:
    """Another's job runs while theirs wait."""
    toy = held("before-identity")
    async with office(sqlite, toy.course, places=2, tenant_places=1) as at:
        theirs = [await at.start() for _ in range(3)]
        await until(lambda: toy.reached)
        other = await at.start("tenant-b")
        await until(lambda: toy.effects.times("identity") == 2)

        assert (await at.jobs.get("tenant-b", other)).state is State.RUNNING
        toy.go.set()
        assert {await at.ended(job) for job in theirs} == {State.SUCCEEDED}


async def test_passing_events_are_heard_and_not_kept(sqlite: str, held: Callable[[str], Held]) -> None:
    """By whoever watches at the time."""
    toy = held("before-identity")
    heard: list[Passing] = []

    async def watching(at: Office, job: str) -> None:
        async for event in at.jobs.watch(TENANT, job):
            if isinstance(event, Passing):
                heard.append(event)

    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await until(lambda: toy.reached)
        watcher = asyncio.create_task(watching(at, job))
        await until(lambda: at.jobs._bells._listeners)
        at.jobs._bells.tell(job, {"anything": object})
        await until(lambda: heard)
        toy.go.set()
        await watcher

        assert [passing.body for passing in heard] == [{"anything": object}]
        assert heard[0].offset == 2
        assert not at.jobs._bells._listeners


async def test_nothing_of_ended_jobs_stays_in_the_queues_tables(sqlite: str, toy: Toy) -> None:
    """The register keeps what callers see until the job is forgotten; the rest goes at once."""
    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await at.ended(job)
        await until(lambda: _engine_rows(at, job) == 0)

        assert (await at.jobs.get(TENANT, job)).state is State.SUCCEEDED


async def test_deleted_rows_leave_no_trace_in_the_file(sqlite: str, quick_path: Path, toy: Toy) -> None:
    """SQLite overwrites what it deletes; once the log is folded in, the id is nowhere."""
    async with office(sqlite, toy.course) as at:
        job = await at.start()
        await at.ended(job)
        await until(lambda: _engine_rows(at, job) == 0)
        await at.jobs.delete([job])
        with at.database.transaction() as tx:
            tx.execute(text("UPDATE holdings SET job = NULL"))
            tx.execute(text("DELETE FROM holdings"))
    with sqlite3.connect(quick_path / "jobs.sqlite") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    assert not _is_written(job.encode(), quick_path)


async def test_a_pace_of_a_cluster_is_the_default() -> None:
    """Five seconds between heartbeats, thirty until others take over."""
    assert (replace(QUICK).lease_s, type(QUICK)().beat_s, type(QUICK)().lease_s) == (30, 5, 30)


def _is_written(what: bytes, folder: Path) -> bool:
    return any(what in path.read_bytes() for path in folder.iterdir())


def _written(at: Office, job: str) -> set[str]:
    return {event.key for event in at.jobs._register.events(job, 0)}


def _engine_rows(at: Office, job: str) -> int:
    prefix = "" if at.database.engine.dialect.name == "sqlite" else "dbos."
    tables = ("workflow_status", "workflow_input", "workflow_output", "operation_outputs")
    with at.database.reading() as tx:
        count = "SELECT count(*) FROM {} WHERE workflow_uuid = :job"
        return sum(tx.execute(text(count.format(prefix + table)), {"job": job}).scalar_one() for table in tables)


def _rows(at: Office, job: str) -> int:
    with at.database.reading() as tx:
        ours = tx.execute(text("SELECT count(*) FROM jobs WHERE id = :job"), {"job": job}).scalar_one()
        events = tx.execute(text("SELECT count(*) FROM job_events WHERE job = :job"), {"job": job}).scalar_one()
    return int(ours + events) + _engine_rows(at, job)


async def test_events_so_far_are_told_without_waiting_for_the_end(sqlite: str, held: Callable[[str], Held]) -> None:
    """With what was said of the job where it was enlisted; of another tenant's job there are none."""
    toy = held("before-farewell")
    async with office(sqlite, toy.course) as at:
        about = {"wanted": [2, 1]}
        job = enlist(at.ledger, lambda tx, job, tenant, priority: at.jobs.enlist(tx, job, tenant, priority, about))
        await until(lambda: toy.reached)
        events = await at.jobs.events(TENANT, job)

        assert events[0].body == {"kind": "state", "state": "queued", "wanted": [2, 1]}
        assert len(events) == 5
        assert await at.jobs.events(TENANT, job, offset=4) == events[4:]
        with pytest.raises(NotFound):
            await at.jobs.events("tenant-b", job)
        toy.go.set()


async def test_a_step_that_comes_on_is_waited_for_anew(sqlite: str) -> None:
    """What it tells for the first time counts; what it tells again, having begun again, does not."""

    def failing(tells: Callable[[int], str]) -> Callable[[Step], Awaitable[Json]]:
        attempts: list[int] = []

        async def step(step: Step) -> Json:
            attempts.append(1)
            await step.emit(tells(len(attempts)), {"kind": "news"})
            await asyncio.sleep(0.1)
            if len(attempts) < 8:
                raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")
            return None

        return step

    news, old = failing(lambda attempt: f"news-{attempt}"), failing(lambda attempt: "old")

    async def course(run: Run) -> Ending:
        await run.step(news)
        await run.step(old)
        return Ending(State.SUCCEEDED)

    async with office(sqlite, course, limits=Limits(patience_s=0.6)) as at:
        job = await at.start()

        assert await at.ended(job) is State.FAILED
        keys = _keys(await at.events(job))
        assert [key for key in keys if key.startswith("news")] == [f"news-{attempt}" for attempt in range(1, 9)]
        assert "old" in keys

"""The register of jobs and their events. Each method is one transaction.

A run writes only while its claim is the present one: whoever lost a job to another process, and wakes up, changes
nothing any more.
"""

from collections.abc import Collection, Mapping
from typing import Any

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.reason_pb2 import Reason
from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, or_, select, update

from gateway.jobs.codec import decode, encode
from gateway.jobs.port import FINAL, Event, Job, Json, Page, Seen, State
from gateway.jobs.tables import JOB_EVENTS, JOBS
from gateway.retention.database import Database, insert_if_absent
from gateway.retention.holdings import Holding
from gateway.retention.ledger import expired
from gateway.retention.tables import HOLDINGS
from likeness_wire.errors import NotFound, name_of, reason_named
from services.common.admission import Priority

_OPEN = tuple(sorted({*State} - FINAL))
# A job with its own holding, then that of its photos.
_LOOK = (
    select(JOBS, HOLDINGS)
    .join_from(JOBS, HOLDINGS, or_(HOLDINGS.c.id == JOBS.c.id, HOLDINGS.c.job == JOBS.c.id))
    .where(JOBS.c.id == bindparam("job"), JOBS.c.tenant == bindparam("tenant"))
    .order_by(HOLDINGS.c.sort)
)


class Superseded(Exception):
    """Another run has this job now, or it has ended."""


class Register:
    """Jobs as rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enlist(
        self, tx: Connection, job: str, tenant: str, priority: Priority, about: Mapping[str, Json] | None = None
    ) -> None:
        now = self._database.clock(tx)
        row = {"id": job, "tenant": tenant, "state": State.QUEUED, "priority": priority, "create_time": now}
        insert_if_absent(tx, JOBS, row)
        self._append(
            tx, self._locked(tx, job), "state-queued", {"kind": "state", "state": State.QUEUED} | dict(about or {})
        )

    def find(self, tenant: str, job: str) -> Job:
        """Raises NotFound, with EXPIRED for what is over."""
        with self._database.reading() as tx:
            return _job(self._live(tx, tenant, job))

    def look(self, tenant: str, job: str, after: int = 0) -> Seen:
        """The job first: what it is seen to have ended with has all its events behind it."""
        with self._database.reading() as tx:
            rows = tx.execute(_LOOK, {"job": job, "tenant": tenant}).mappings().all()
            if not rows:
                raise self._not_there(tx, tenant, job)
            row: dict[str, Any] = {column.name: rows[0][column] for column in JOBS.c}
            holding, *photos = [Holding.of({column.name: each[column] for column in HOLDINGS.c}) for each in rows]
            if holding.is_over(self._database.clock(tx)):
                raise expired()
            events = self._events(tx, job, after, None) if row["events"] > after else []
        return Seen(_job(row), events, holding, photos[0] if photos else None)

    def page(self, tenant: str, size: int, after: str | None, states: Collection[State]) -> Page:
        """Latest first; of what is not over."""
        query = select(JOBS).join(HOLDINGS, HOLDINGS.c.id == JOBS.c.id).where(JOBS.c.tenant == tenant)
        if states:
            query = query.where(JOBS.c.state.in_(list(states)))
        if after is not None:
            query = query.where(_behind(after))
        with self._database.reading() as tx:
            query = query.where(HOLDINGS.c.ended_time.is_(None), HOLDINGS.c.expire_time > self._database.clock(tx))
            query = query.order_by(JOBS.c.create_time.desc(), JOBS.c.id.desc()).limit(size + 1)
            jobs = [_job(row) for row in tx.execute(query).mappings()]
        last = jobs[size - 1] if len(jobs) > size else None
        return Page(jobs[:size], f"{last.create_time}.{last.id}" if last else None)

    def events(self, job: str, after: int, limit: int = 200) -> list[Event]:
        with self._database.reading() as tx:
            return self._events(tx, job, after, limit)

    def claim(self, job: str, executor: str, claim: str) -> Job:
        """This run's from now on, and of no run before it. Raises Superseded where there is nothing left to do."""
        with self._database.transaction() as tx:
            row = self._locked(tx, job)
            if State(row["state"]) in FINAL or self._left_ms(tx, job) <= 0:
                raise Superseded
            values = {
                "state": State.RUNNING,
                "claim": claim,
                "executor": executor,
                "start_time": row["start_time"] or self._database.clock(tx),
                "recoveries": row["recoveries"] + (row["claim"] is not None),
            }
            tx.execute(update(JOBS).where(JOBS.c.id == job).values(values))
            self._append(tx, self._locked(tx, job), "state-running", {"kind": "state", "state": State.RUNNING})
            return _job(self._locked(tx, job))

    def is_open(self, job: str) -> bool:
        """Whether there is such a job, and it has not ended."""
        with self._database.reading() as tx:
            return tx.execute(select(1).where(JOBS.c.id == job, JOBS.c.state.in_(_OPEN))).first() is not None

    def left_ms(self, job: str, claim: str) -> int:
        """Of its holding's life. Raises Superseded where the claim is not this run's, NotFound where it is over."""
        with self._database.reading() as tx:
            self._require(tx.execute(select(JOBS).where(JOBS.c.id == job)).mappings().one_or_none(), claim)
            left_ms = self._left_ms(tx, job)
        if left_ms <= 0:
            raise expired()
        return left_ms

    def append(self, job: str, claim: str, key: str, body: Mapping[str, Json]) -> bool:
        """The first of a key stays; False for any other."""
        with self._database.transaction() as tx:
            return self._append(tx, self._require(self._locked(tx, job), claim), key, body)

    def end(self, job: str, state: State, reason: Reason | None = None, claim: str | None = None) -> bool:
        """The first end counts; False for any other. With a claim, only where it is the present one."""
        with self._database.transaction() as tx:
            row = tx.execute(select(JOBS).where(JOBS.c.id == job).with_for_update()).mappings().one_or_none()
            if row is None or State(row["state"]) in FINAL:
                return False
            if claim is not None:
                self._require(row, claim)
            self._append(tx, row, "state-final", {"kind": "state", "state": state})
            values = {"state": state, "end_time": self._database.clock(tx), "claim": None, "executor": None}
            values["reason"] = None if reason is None else name_of(reason)
            tx.execute(update(JOBS).where(JOBS.c.id == job).values(values))
            return True

    def release(self, executor: str) -> None:
        """A process hands back what it runs, alive: that is no recovery."""
        with self._database.transaction() as tx:
            tx.execute(update(JOBS).where(JOBS.c.executor == executor).values(claim=None, executor=None))

    def submitted(self, job: str) -> None:
        with self._database.transaction() as tx:
            tx.execute(update(JOBS).where(JOBS.c.id == job).values(submit_time=self._database.clock(tx)))

    def to_submit(self, limit: int = 100) -> list[Job]:
        """Enlisted, but the queue does not have them."""
        query = select(JOBS).where(JOBS.c.submit_time.is_(None), JOBS.c.state == State.QUEUED)
        with self._database.reading() as tx:
            return [_job(row) for row in tx.execute(query.order_by(JOBS.c.create_time).limit(limit)).mappings()]

    def over(self, limit: int = 100) -> list[str]:
        """Of holdings that have ended, or whose time has come."""
        with self._database.reading() as tx:
            past = or_(HOLDINGS.c.ended_time.is_not(None), HOLDINGS.c.expire_time <= self._database.clock(tx))
            query = select(JOBS.c.id).join(HOLDINGS, HOLDINGS.c.id == JOBS.c.id).where(past).limit(limit)
            return list(tx.execute(query).scalars())

    def forget(self, jobs: Collection[str]) -> None:
        with self._database.transaction() as tx:
            tx.execute(delete(JOB_EVENTS).where(JOB_EVENTS.c.job.in_(jobs)))
            tx.execute(delete(JOBS).where(JOBS.c.id.in_(jobs)))

    def _events(self, tx: Connection, job: str, after: int, limit: int | None) -> list[Event]:
        query = select(JOB_EVENTS.c.offset, JOB_EVENTS.c.time, JOB_EVENTS.c.key, JOB_EVENTS.c.body)
        query = query.where(JOB_EVENTS.c.job == job, JOB_EVENTS.c.offset > after)
        rows = tx.execute(query.order_by(JOB_EVENTS.c.offset).limit(limit)).all()
        return [Event(offset, time, key, decode(body)) for offset, time, key, body in rows]

    def _live(self, tx: Connection, tenant: str, job: str) -> RowMapping:
        row = tx.execute(select(JOBS).where(JOBS.c.id == job, JOBS.c.tenant == tenant)).mappings().one_or_none()
        if row is None:
            raise self._not_there(tx, tenant, job)
        if self._left_ms(tx, job) <= 0:
            raise expired()
        return row

    def _not_there(self, tx: Connection, tenant: str, job: str) -> NotFound:
        """The ledger remembers what it forgot."""
        theirs = select(1).where(HOLDINGS.c.id == job, HOLDINGS.c.tenant == tenant, HOLDINGS.c.sort == "job")
        return expired() if tx.execute(theirs).first() else _unknown()

    def _left_ms(self, tx: Connection, job: str) -> int:
        query = select(HOLDINGS.c.expire_time, HOLDINGS.c.ended_time).where(HOLDINGS.c.id == job)
        holding = tx.execute(query).one()
        return 0 if holding.ended_time is not None else int(holding.expire_time - self._database.clock(tx))

    def _locked(self, tx: Connection, job: str) -> RowMapping:
        row = tx.execute(select(JOBS).where(JOBS.c.id == job).with_for_update()).mappings().one_or_none()
        if row is None:
            raise Superseded
        return row

    def _require(self, row: RowMapping | None, claim: str) -> RowMapping:
        if row is None or row["claim"] != claim:
            raise Superseded
        return row

    def _append(self, tx: Connection, row: RowMapping, key: str, body: Mapping[str, Any]) -> bool:
        job, offset = row["id"], row["events"] + 1
        if tx.execute(select(1).where(JOB_EVENTS.c.job == job, JOB_EVENTS.c.key == key)).first():
            return False
        event = {"job": job, "offset": offset, "key": key, "time": self._database.clock(tx), "body": encode(body)}
        tx.execute(JOB_EVENTS.insert(), event)
        tx.execute(update(JOBS).where(JOBS.c.id == job).values(events=offset))
        return True


def _job(row: RowMapping | Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        tenant=row["tenant"],
        state=State(row["state"]),
        priority=Priority(row["priority"]),
        create_time=row["create_time"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        reason=None if row["reason"] is None else reason_named(row["reason"]),
        recoveries=row["recoveries"],
        events=row["events"],
    )


def _behind(after: str) -> Any:
    """Cursors are made here and travel opaque; one that is not ours finds nothing."""
    time, _, job = after.partition(".")
    create_time = int(time) if time.isdecimal() and len(time) < 16 else 0
    return or_(JOBS.c.create_time < create_time, and_(JOBS.c.create_time == create_time, JOBS.c.id < job))


def _unknown() -> NotFound:
    return NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")

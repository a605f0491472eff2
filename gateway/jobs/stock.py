"""What the dashboards ask the job database: how long jobs took, and whether any has been left alone."""

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from gateway.jobs.codec import decode
from gateway.jobs.port import State
from gateway.jobs.tables import JOB_EVENTS, JOBS
from gateway.retention.database import Database
from gateway.retention.tables import PROCESSES
from services.common.admission import Priority

# Between its making and its first hand-over to the queue, which the next sweep makes good.
_YOUNG_MS = 10_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """Of a job that has ended. Seconds since it was made."""

    priority: Priority
    state: State
    # Its first picture that was kept; None where none was.
    first_result_s: float | None
    end_s: float


class Stock:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def timeline(self, job: str) -> Timeline | None:
        """None where the job is gone, or goes on."""
        with self._database.reading() as tx:
            row = tx.execute(select(JOBS).where(JOBS.c.id == job)).mappings().one_or_none()
            if row is None or row["end_time"] is None:
                return None
            events = select(JOB_EVENTS.c.time, JOB_EVENTS.c.body).where(JOB_EVENTS.c.job == job)
            told = tx.execute(events.order_by(JOB_EVENTS.c.offset))
            first = next((event.time for event in told if decode(event.body).get("kind") == "result"), None)
        begun = row["create_time"]
        return Timeline(
            Priority(row["priority"]),
            State(row["state"]),
            None if first is None else (first - begun) / 1000,
            (row["end_time"] - begun) / 1000,
        )

    def unattended(self) -> int:
        """Jobs that no process runs and no queue has: a moment after a process died, never for long."""
        with self._database.reading() as tx:
            now = self._database.clock(tx)
            living = select(PROCESSES.c.id).where(PROCESSES.c.lease_time > now)
            nobodys = or_(JOBS.c.executor.is_(None), JOBS.c.executor.not_in(living))
            left = or_(
                and_(JOBS.c.state == State.RUNNING, nobodys),
                and_(JOBS.c.state == State.QUEUED, JOBS.c.submit_time.is_(None), JOBS.c.create_time < now - _YOUNG_MS),
            )
            return tx.execute(select(func.count()).select_from(JOBS).where(left)).scalar_one()

"""Duties that one process has at a time. Where two do it after all, nothing breaks: it only costs twice."""

from sqlalchemy import select, update

from gateway.retention.database import Database
from gateway.retention.tables import DUTIES

LEASE_MS = 30_000


class Duty:
    """A lease by name in the job database."""

    def __init__(self, database: Database, name: str, process: str) -> None:
        self._database = database
        self._name = name
        self._process = process

    def take(self) -> bool:
        """True where it is this process's now, and for another half minute."""
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            query = select(DUTIES).where(DUTIES.c.name == self._name).with_for_update()
            holder = tx.execute(query).one_or_none()
            mine = {"process": self._process, "lease_time": now + LEASE_MS}
            if holder is None:
                tx.execute(DUTIES.insert(), {"name": self._name, **mine})
            elif holder.process == self._process or holder.lease_time <= now:
                tx.execute(update(DUTIES).where(DUTIES.c.name == self._name).values(mine))
            else:
                return False
        return True

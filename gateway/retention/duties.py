"""Duties that one process has at a time. Where two do it after all, nothing breaks: it only costs twice."""

from sqlalchemy import delete, select, update

from gateway.retention.database import Database, insert_if_absent
from gateway.retention.tables import DUTIES

LEASE_MS = 15_000


class Duty:
    """A lease by name in the job database."""

    def __init__(self, database: Database, name: str, process: str) -> None:
        self._database = database
        self._name = name
        self._process = process

    def take(self) -> bool:
        """True where it is this process's now, and for another quarter of a minute."""
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            insert_if_absent(tx, DUTIES, {"name": self._name, "process": self._process, "lease_time": now})
            holder = tx.execute(select(DUTIES).where(DUTIES.c.name == self._name).with_for_update()).one()
            if holder.process != self._process and holder.lease_time > now:
                return False
            mine = {"process": self._process, "lease_time": now + LEASE_MS}
            tx.execute(update(DUTIES).where(DUTIES.c.name == self._name).values(mine))
        return True

    def lay_down(self) -> None:
        """Another process may take it at once."""
        with self._database.transaction() as tx:
            tx.execute(delete(DUTIES).where(DUTIES.c.name == self._name, DUTIES.c.process == self._process))

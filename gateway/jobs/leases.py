"""Which processes are alive, as the database sees it: each has a row, and renews its time there.

A process's id is drawn at its start and never used again: whoever restarts is somebody else, and what the one before
left behind is reclaimed rather than mistaken for its own.
"""

from collections.abc import Collection

from sqlalchemy import delete, select, update

from gateway.retention.database import Database, insert_if_absent
from gateway.retention.tables import PROCESSES


class Lease:
    """Of one process. Each method is one transaction."""

    def __init__(self, database: Database, process: str, lease_s: float) -> None:
        self._database = database
        self._process = process
        self._lease_ms = int(lease_s * 1000)

    def renew(self) -> bool:
        """False where it had run out before, or never begun: others may have gone on without this process."""
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            mine = PROCESSES.c.id == self._process
            before = tx.execute(select(PROCESSES.c.lease_time).where(mine).with_for_update()).scalar_one_or_none()
            insert_if_absent(tx, PROCESSES, {"id": self._process, "lease_time": now + self._lease_ms})
            tx.execute(update(PROCESSES).where(mine).values(lease_time=now + self._lease_ms))
            return before is not None and before > now

    def dead(self, processes: Collection[str]) -> set[str]:
        """Those of them that are not alive."""
        with self._database.reading() as tx:
            living = select(PROCESSES.c.id).where(PROCESSES.c.lease_time > self._database.clock(tx))
            return set(processes) - set(tx.execute(living.where(PROCESSES.c.id.in_(processes))).scalars())

    def give_up(self) -> None:
        """Others need not wait for it to run out."""
        with self._database.transaction() as tx:
            tx.execute(delete(PROCESSES).where(PROCESSES.c.id == self._process))

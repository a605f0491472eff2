"""The ledger's side of calls in flight: which process works with which holding, and which processes are alive."""

from collections.abc import Collection

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, delete, or_, select, update

from gateway.retention.database import Database, insert_if_absent
from gateway.retention.ledger import Ledger
from gateway.retention.tables import CALLS, HOLDINGS, PROCESSES
from likeness_wire.errors import Unavailable

LEASE_S = 30.0


class Calls:
    """Each method is one transaction. Other processes believe in this one for as long as it renews its lease."""

    def __init__(self, database: Database, ledger: Ledger, process: str) -> None:
        self._database = database
        self._ledger = ledger
        self._process = process

    def enter(self, call: str, tenant: str, holding: str) -> None:
        """Serialised with the end of the holding: either this raises NotFound, or that end waits for `leave`."""
        with self._database.transaction() as tx:
            if not self._is_alive(tx):
                raise Unavailable(reasons.REASON_DRAINING, "this gateway was cut off for a while", retry_after_s=1.0)
            self._ledger.require_live(tx, tenant, holding, lock="shared")
            tx.execute(CALLS.insert(), {"id": call, "holding": holding, "process": self._process})

    def leave(self, calls: Collection[str]) -> None:
        with self._database.transaction() as tx:
            tx.execute(delete(CALLS).where(CALLS.c.id.in_(calls)))

    def renew(self) -> bool:
        """False where the lease had run out before: others may have gone on without this process."""
        with self._database.transaction() as tx:
            in_time = self._is_alive(tx)
            lease_time = self._database.clock(tx) + int(LEASE_S * 1000)
            insert_if_absent(tx, PROCESSES, {"id": self._process, "lease_time": lease_time})
            tx.execute(update(PROCESSES).where(PROCESSES.c.id == self._process).values(lease_time=lease_time))
            return in_time

    def over(self, holdings: Collection[str]) -> set[str]:
        """Those of them that have ended, or whose time has come."""
        with self._database.reading() as tx:
            now = self._database.clock(tx)
            past = or_(
                HOLDINGS.c.ended_time.is_not(None), HOLDINGS.c.expire_time <= now, HOLDINGS.c.give_up_time <= now
            )
            return set(tx.execute(select(HOLDINGS.c.id).where(HOLDINGS.c.id.in_(holdings), past)).scalars())

    def worked_on(self, holdings: Collection[str]) -> set[str]:
        """Those with calls of processes that are alive."""
        with self._database.reading() as tx:
            alive = PROCESSES.c.lease_time > self._database.clock(tx)
            query = select(CALLS.c.holding).join(PROCESSES, PROCESSES.c.id == CALLS.c.process)
            return set(tx.execute(query.where(CALLS.c.holding.in_(holdings), alive)).scalars())

    def forget_dead(self) -> None:
        """Rows of processes that are long gone."""
        with self._database.transaction() as tx:
            longest_silence = self._database.clock(tx) - int(10 * LEASE_S * 1000)
            alive = select(PROCESSES.c.id).where(PROCESSES.c.lease_time > longest_silence)
            tx.execute(delete(CALLS).where(CALLS.c.process.not_in(alive)))
            tx.execute(delete(PROCESSES).where(PROCESSES.c.lease_time <= longest_silence))

    def _is_alive(self, tx: Connection) -> bool:
        query = select(PROCESSES.c.lease_time).where(PROCESSES.c.id == self._process)
        lease_time = tx.execute(query).scalar_one_or_none()
        return lease_time is not None and lease_time > self._database.clock(tx)

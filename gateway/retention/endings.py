"""How holdings end: marked, then erased step by step, then concluded with a receipt.

Whatever happens in between, the marks say how far it got, and every step may be done again. Deleting an upload or its
job ends both; so does an upload's deadline while the job still needs it. Once a job has finished, its photos go alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, or_, select, update

from gateway.retention.chains import Receipts
from gateway.retention.database import Database
from gateway.retention.holdings import Cause, Sort, State
from gateway.retention.receipts import Forgotten, Pile
from gateway.retention.tables import CALLS, HOLDINGS, OBJECTS
from gateway.storage.sealing import sealed_size

_LONGEST_RETRY_MS = 60_000
_WAIT_MS = 1_000


@dataclass(frozen=True, slots=True)
class Concluded:
    """A holding that is no more, and how long after its end that was verified."""

    holding: str
    lag_ms: int
    receipt: bool  # photos that a job had adopted are in the job's


class Endings:
    """Each method is one transaction."""

    def __init__(self, database: Database, receipts: Receipts) -> None:
        self._database = database
        self._receipts = receipts

    def end(self, holding: str, cause: Cause) -> list[str]:
        """From now on nothing of it is read or added. All that ends with it, itself included, whenever it ended."""
        with self._database.transaction() as tx:
            return self._end(tx, [holding], cause)

    def end_overdue(self, limit: int) -> int:
        """Ends what is past its time, and says how many."""
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            for column, cause in ((HOLDINGS.c.expire_time, Cause.EXPIRED), (HOLDINGS.c.give_up_time, Cause.ABANDONED)):
                overdue = select(HOLDINGS.c.id).where(HOLDINGS.c.ended_time.is_(None), column <= now).limit(limit)
                if ids := tx.execute(overdue).scalars().all():
                    return len(self._end(tx, ids, cause))
        return 0

    def to_erase(self, limit: int) -> list[str]:
        """Ended, not yet concluded, and not waiting for another attempt."""
        waiting = (HOLDINGS.c.ended_time.is_not(None), HOLDINGS.c.verified_absent_time.is_(None))
        with self._database.reading() as tx:
            due = select(HOLDINGS.c.id).where(*waiting, HOLDINGS.c.retry_time <= self._database.clock(tx))
            return list(tx.execute(due.order_by(HOLDINGS.c.ended_time).limit(limit)).scalars())

    def key_destroyed(self, holdings: Collection[str]) -> None:
        """The first time counts: it stays destroyed."""
        self._mark(holdings, key_destroyed_time=func.coalesce(HOLDINGS.c.key_destroyed_time, self._database.now()))

    def calls_ended(self, holdings: Collection[str]) -> None:
        """The first time counts: no call begins after the end."""
        self._mark(holdings, calls_ended_time=func.coalesce(HOLDINGS.c.calls_ended_time, self._database.now()))

    def objects_gone(self, holdings: Collection[str]) -> None:
        """The last time counts: a late write may have come in between."""
        self._mark(holdings, objects_gone_time=self._database.now())

    def failed(self, holdings: Collection[str]) -> None:
        """To be tried again, later each time."""
        if not holdings:
            return
        with self._database.transaction() as tx:
            now = self._database.clock(tx)
            for row in _locked(tx, HOLDINGS.c.id.in_(holdings)):
                wait = min(1000 * 2 ** min(row["failures"], 10), _LONGEST_RETRY_MS)
                values = {"failures": row["failures"] + 1, "retry_time": now + wait}
                tx.execute(update(HOLDINGS).where(HOLDINGS.c.id == row["id"]).values(values))

    def postpone(self, holdings: Collection[str]) -> None:
        """Nothing failed, but calls or photos of them have to end first: others come before them."""
        self._mark(holdings, retry_time=self._database.now() + _WAIT_MS)

    def conclude(self, holdings: Collection[str]) -> list[Concluded]:
        """What was verified absent is done with. A job waits for its photos, and its receipt speaks of them too."""
        with self._database.transaction() as tx:
            _locked(tx, or_(HOLDINGS.c.id.in_(holdings), HOLDINGS.c.job.in_(holdings)))
            order = (HOLDINGS.c.tenant, HOLDINGS.c.sort.desc(), HOLDINGS.c.id)
            ids = tx.execute(select(HOLDINGS.c.id).where(HOLDINGS.c.id.in_(holdings)).order_by(*order)).scalars().all()
            return [done for holding in ids if (done := self._conclude(tx, holding)) is not None]

    def _end(self, tx: Connection, holdings: Sequence[str], cause: Cause) -> list[str]:
        """Grows from what was named to all that has to go with it."""
        ids = set(holdings)
        jobs = select(HOLDINGS.c.job).where(HOLDINGS.c.id.in_(ids), HOLDINGS.c.job.is_not(None))
        related = ids | set(tx.execute(jobs).scalars())
        rows = _locked(tx, HOLDINGS.c.id.in_(related))
        needed = {row["id"] for row in rows if row["sort"] == Sort.JOB and row["state"] == State.RUNNING}
        for row in rows:
            if row["id"] in ids and (cause is Cause.DELETED or row["job"] in needed):
                ids |= {row["job"]} - {None}
        ids |= {row["id"] for row in _locked(tx, HOLDINGS.c.job.in_(ids))}
        now = self._database.clock(tx)
        open_ones = (HOLDINGS.c.id.in_(ids), HOLDINGS.c.ended_time.is_(None))
        tx.execute(update(HOLDINGS).where(*open_ones).values(ended_time=now, cause=cause))
        return sorted(ids)

    def _mark(self, holdings: Collection[str], **values: Any) -> None:
        if not holdings:
            return
        with self._database.transaction() as tx:
            _locked(tx, HOLDINGS.c.id.in_(holdings))
            tx.execute(update(HOLDINGS).where(HOLDINGS.c.id.in_(holdings)).values(values))

    def _conclude(self, tx: Connection, holding: str) -> Concluded | None:
        """None where another process was faster, or photos of the job are still there."""
        query = select(HOLDINGS).where(or_(HOLDINGS.c.id == holding, HOLDINGS.c.job == holding))
        mine, *photos = tx.execute(query.order_by(HOLDINGS.c.sort, HOLDINGS.c.id)).mappings().all()
        if mine["verified_absent_time"] is not None or any(row["verified_absent_time"] is None for row in photos):
            return None
        now = self._database.clock(tx)
        tx.execute(update(HOLDINGS).where(HOLDINGS.c.id == holding).values(verified_absent_time=now))
        tx.execute(delete(CALLS).where(CALLS.c.holding == holding))
        if mine["job"] is None:
            self._receipts.issue(tx, _forgotten(tx, [mine, *photos], now))
        return Concluded(holding, now - min(mine["ended_time"], mine["expire_time"]), receipt=mine["job"] is None)


def _locked(tx: Connection, which: Any) -> Sequence[RowMapping]:
    """Jobs before uploads, then by id, here as everywhere: two that end the same things do not deadlock."""
    query = select(HOLDINGS).where(which).order_by(HOLDINGS.c.sort, HOLDINGS.c.id).with_for_update()
    return tx.execute(query).mappings().all()


def _forgotten(tx: Connection, rows: Sequence[RowMapping], now: int) -> Forgotten:
    """The last of each time, over the job and its photos: when it was true of everything."""
    mine = rows[0]
    return Forgotten(
        tenant=mine["tenant"],
        subject=f"{mine['sort']}s/{mine['id']}",
        id=mine["id"],
        cause=Cause(mine["cause"]),
        objects=_piles(tx, [row["id"] for row in rows]),
        first_byte_time=mine["first_byte_time"],
        hard_expire_time=mine["hard_expire_time"],
        key_destroyed_time=max(row["key_destroyed_time"] for row in rows),
        calls_ended_time=max(row["calls_ended_time"] for row in rows),
        objects_gone_time=max(row["objects_gone_time"] for row in rows),
        verified_absent_time=now,
    )


def _piles(tx: Connection, holdings: Sequence[str]) -> dict[str, Pile]:
    """By kind, as ciphertext."""
    query = select(OBJECTS.c.kind, OBJECTS.c.size_bytes).where(OBJECTS.c.holding.in_(holdings))
    piles: dict[str, Pile] = {}
    for kind, size_bytes in tx.execute(query.where(OBJECTS.c.stored_time.is_not(None)).order_by(OBJECTS.c.kind)).all():
        before = piles.get(kind, Pile(0, 0))
        piles[kind] = Pile(before.count + 1, before.size_bytes + sealed_size(size_bytes))
    return piles

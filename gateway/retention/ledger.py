"""The life of holdings and their objects. Each method is one transaction; the end of a life is in endings.py.

Every question names the tenant: what is another's does not exist. `hard_expire_time` is written once; `expire_time`
only ever moves earlier.
"""

import secrets
from collections.abc import Callable
from typing import Any, Literal

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, RowMapping, case, delete, select, update

from gateway.retention.database import Database
from gateway.retention.holdings import Holding, Kind, Sort, State, Stored, Terms
from gateway.retention.tables import HOLDINGS, OBJECTS
from likeness_wire.errors import NotFound, WrongState

# Against whom a row is held until the transaction ends: whoever changes it, or everybody who holds it as well.
Lock = Literal["shared", "alone"] | None

_STORED = select(OBJECTS.c.name, OBJECTS.c.kind, OBJECTS.c.index, OBJECTS.c.size_bytes).where(
    OBJECTS.c.stored_time.is_not(None)
)


class Ledger:
    """What we hold, for whom, until when."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database = database
        self.terms = terms

    def now(self) -> int:
        return self._database.now()

    def open_upload(self, upload: str, tenant: str, first_byte_time: int, expire_time: int | None = None) -> Holding:
        """A new upload. Its deadline is fixed here."""
        usual = first_byte_time + self.terms.uploads_ms
        row = {
            "id": upload,
            "tenant": tenant,
            "sort": Sort.UPLOAD,
            "state": State.FILLING,
            "first_byte_time": first_byte_time,
            "hard_expire_time": first_byte_time + self.terms.cap_ms,
            "expire_time": min(expire_time or usual, first_byte_time + self.terms.results_ms),
            "give_up_time": first_byte_time + self.terms.filling_ms,
        }
        with self._database.transaction() as tx:
            tx.execute(HOLDINGS.insert(), row)
            return self._find(tx, tenant, upload)

    def seal(self, tenant: str, upload: str) -> Holding:
        """Its photos are complete."""
        with self._database.transaction() as tx:
            holding = self.require_live(tx, tenant, upload, lock="alone")
            if holding.state is not State.FILLING:
                raise _wrong_state("the upload is complete already")
            return self._change(tx, holding, state=State.SEALED, give_up_time=None)

    def adopt(
        self,
        tenant: str,
        upload: str,
        job: str,
        expire_time: int | None = None,
        also: Callable[[Connection, Holding], None] = lambda tx, job: None,
    ) -> Holding:
        """A new job to which the upload belongs from now on. `also` joins the transaction, or stops it by raising."""
        with self._database.transaction() as tx:
            photos = self.require_live(tx, tenant, upload, lock="alone")
            if photos.state is State.ADOPTED:
                raise WrongState(reasons.REASON_UPLOAD_ADOPTED, "the upload belongs to a job already")
            if photos.state is not State.SEALED:
                raise _wrong_state("the upload is not complete")
            latest = photos.first_byte_time + self.terms.results_ms
            until = min(expire_time or latest, latest)
            tx.execute(HOLDINGS.insert(), _job_row(job, photos, until))
            self._change(tx, photos, state=State.ADOPTED, job=job, expire_time=min(until, photos.expire_time))
            adopting = self._find(tx, tenant, job)
            also(tx, adopting)
            return adopting

    def finish(self, tenant: str, job: str, photos_for_ms: int) -> Holding:
        """The job has ended, however it did: its photos go so much later. Again is no error."""
        with self._database.transaction() as tx:
            holding = self.require_live(tx, tenant, job, lock="alone")
            if holding.state is State.FINISHED:
                return holding
            tx.execute(_earlier(self._database.clock(tx) + photos_for_ms).where(HOLDINGS.c.job == job))
            return self._change(tx, holding, state=State.FINISHED)

    def shorten(self, tenant: str, holding: str, expire_time: int) -> Holding:
        """Moves a deadline, and that of a job's photos, if it is an earlier one."""
        with self._database.transaction() as tx:
            found = self.require_live(tx, tenant, holding, lock="alone")
            tx.execute(_earlier(expire_time).where((HOLDINGS.c.id == found.id) | (HOLDINGS.c.job == found.id)))
            return self._find(tx, tenant, holding)

    def find(self, tenant: str, holding: str) -> Holding:
        """Also what has ended. Raises NotFound."""
        with self._database.reading() as tx:
            return self._find(tx, tenant, holding)

    def live(self, tenant: str, holding: str) -> Holding:
        """Raises NotFound, with EXPIRED for what has ended."""
        with self._database.reading() as tx:
            return self.require_live(tx, tenant, holding)

    def require_live(self, tx: Connection, tenant: str, holding: str, *, lock: Lock = None) -> Holding:
        """Within a transaction of the caller's. Raises NotFound, with EXPIRED for what has ended."""
        found = self._find(tx, tenant, holding, lock=lock)
        if found.is_over(self._database.clock(tx)):
            raise expired()
        return found

    def begin_object(self, holding: Holding, kind: Kind, index: int, size_bytes: int) -> str | None:
        """A name to write under, recorded before a byte is written. None where that place is filled."""
        name = f"{holding.id}/{secrets.token_hex(16)}"
        row = {"name": name, "holding": holding.id, "kind": kind, "index": index, "size_bytes": size_bytes}
        with self._database.transaction() as tx:
            self.require_live(tx, holding.tenant, holding.id)
            if self._filled(tx, holding.id, kind, index):
                return None
            tx.execute(OBJECTS.insert(), row)
        return name

    def commit_object(self, holding: Holding, kind: Kind, index: int, name: str) -> bool:
        """From now on it can be read. False where another was faster."""
        with self._database.transaction() as tx:
            self.require_live(tx, holding.tenant, holding.id, lock="alone")
            if self._filled(tx, holding.id, kind, index):
                return False
            now = self._database.clock(tx)
            tx.execute(update(OBJECTS).where(OBJECTS.c.name == name).values(stored_time=now))
        return True

    def drop_object(self, name: str) -> None:
        """Forgets a name under which nothing lies."""
        with self._database.transaction() as tx:
            tx.execute(delete(OBJECTS).where(OBJECTS.c.name == name, OBJECTS.c.stored_time.is_(None)))

    def stored(self, tenant: str, holding: str) -> list[Stored]:
        """What can be read of a live holding, by kind and index."""
        query = _STORED.where(OBJECTS.c.holding == holding)
        with self._database.reading() as tx:
            self.require_live(tx, tenant, holding)
            rows = tx.execute(query.order_by(OBJECTS.c.kind, OBJECTS.c.index)).all()
        return [Stored(name, Kind(kind), index, size_bytes) for name, kind, index, size_bytes in rows]

    def locate(self, tenant: str, holding: str, kind: Kind, index: int) -> tuple[Holding, Stored, int]:
        """An object that can be read, and the milliseconds that are left to do so. Raises NotFound."""
        place = (OBJECTS.c.holding == holding, OBJECTS.c.kind == kind, OBJECTS.c.index == index)
        with self._database.reading() as tx:
            found = self.require_live(tx, tenant, holding)
            row = tx.execute(_STORED.where(*place)).one_or_none()
            left_ms = found.deadline - self._database.clock(tx)
        if row is None:
            raise _not_found()
        return found, Stored(row[0], kind, index, row[3]), left_ms

    def _find(self, tx: Connection, tenant: str, holding: str, *, lock: Lock = None) -> Holding:
        query = select(HOLDINGS).where(HOLDINGS.c.id == holding, HOLDINGS.c.tenant == tenant)
        if lock is not None:
            query = query.with_for_update(read=lock == "shared")
        row: RowMapping | None = tx.execute(query).mappings().one_or_none()
        if row is None:
            raise _not_found()
        return Holding.of({str(name): value for name, value in row.items()})

    def _change(self, tx: Connection, holding: Holding, **values: Any) -> Holding:
        tx.execute(update(HOLDINGS).where(HOLDINGS.c.id == holding.id).values(values))
        return self._find(tx, holding.tenant, holding.id)

    def _filled(self, tx: Connection, holding: str, kind: Kind, index: int) -> bool:
        place = (OBJECTS.c.holding == holding, OBJECTS.c.kind == kind, OBJECTS.c.index == index)
        return tx.execute(select(1).where(*place, OBJECTS.c.stored_time.is_not(None))).first() is not None


def expired() -> NotFound:
    return NotFound(reasons.REASON_EXPIRED, "it existed and has been forgotten")


def _not_found() -> NotFound:
    return NotFound(reasons.REASON_NOT_FOUND, "there is no such resource")


def _wrong_state(message: str) -> WrongState:
    return WrongState(reasons.REASON_WRONG_STATE, message)


def _job_row(job: str, photos: Holding, expire_time: int) -> dict[str, Any]:
    """A job lives by its photos' clock: its pictures are of the same face."""
    return {
        "id": job,
        "tenant": photos.tenant,
        "sort": Sort.JOB,
        "state": State.RUNNING,
        "first_byte_time": photos.first_byte_time,
        "hard_expire_time": photos.hard_expire_time,
        "expire_time": expire_time,
    }


def _earlier(expire_time: int) -> Any:
    current = HOLDINGS.c.expire_time
    return update(HOLDINGS).values(expire_time=case((current > expire_time, expire_time), else_=current))

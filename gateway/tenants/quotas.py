"""How much a tenant may have at once, and order in a day. Counted in the database, so all gateways agree.

The local tenant has no quotas: it is whoever owns the machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, delete, func, select, update

from gateway.jobs.port import FINAL
from gateway.jobs.port import State as JobState
from gateway.jobs.tables import JOBS
from gateway.metrics import GatewayMetrics
from gateway.retention.database import Database, insert_if_absent
from gateway.retention.holdings import HOUR_MS, Sort, State
from gateway.retention.tables import HOLDINGS
from gateway.tenants.caller import LOCAL
from gateway.tenants.keys import hold_tenant
from gateway.tenants.settings import TenantSettings
from gateway.tenants.tables import ORDERED, TENANTS
from likeness_wire.errors import Exhausted

# The present one, and those before it that have begun within a day.
_DAY_HOURS = 24
# When one of several jobs may have ended.
_JOB_WAIT_S = 30.0
_OPEN = tuple(sorted({*JobState} - FINAL))
_NOT_ADOPTED = (State.FILLING, State.SEALED)


@dataclass(frozen=True, slots=True)
class Quota:
    """What a tenant may have."""

    uploads_held: int
    jobs_open: int
    pictures_per_day: int

    @classmethod
    def usual(cls, settings: TenantSettings) -> Self:
        return cls(settings.uploads_held, settings.jobs_open, settings.pictures_per_day)

    def agreed(self, row: Mapping[str, Any] | None) -> "Quota":
        """This one, where nothing else was agreed with a tenant."""
        own = {name: (row or {}).get(name) for name in self.__dataclass_fields__}
        return Quota(**{name: getattr(self, name) if value is None else value for name, value in own.items()})


class Quotas:
    """Of all tenants. Methods raise Exhausted, with the time after which there may be room again."""

    def __init__(self, database: Database, usual: Quota, metrics: GatewayMetrics) -> None:
        self._database = database
        self._usual = usual
        self._metrics = metrics

    def upload(self, tenant: str) -> None:
        """For an upload that has just been opened: it counts itself, so that two which begin together cannot both be
        the last one that fits.
        """
        if tenant == LOCAL:
            return
        with self._database.reading() as tx:
            most = self._agreed(tx, tenant).uploads_held
            held, first_end = _uploads(tx, tenant)
            wait_ms = first_end - self._database.clock(tx)
        if held > most:
            raise self._refused("uploads", f"{most} uploads may wait for a job", wait_ms / 1000)

    def order(self, tx: Connection, tenant: str, pictures: int) -> None:
        """Within the transaction that makes the job, before it is enlisted. Counts what is ordered."""
        if tenant == LOCAL:
            return
        now = self._database.clock(tx)
        quota = self._usual.agreed(dict(hold_tenant(tx, tenant, now)))
        self._require_room(tx, tenant, pictures, quota, now)
        place = {"tenant": tenant, "hour": now // HOUR_MS}
        insert_if_absent(tx, ORDERED, {**place, "pictures": 0})
        hour = (ORDERED.c.tenant == tenant) & (ORDERED.c.hour == place["hour"])
        tx.execute(update(ORDERED).where(hour).values(pictures=ORDERED.c.pictures + pictures))

    def would_fit(self, tenant: str, pictures: int) -> None:
        """The same question without ordering anything."""
        if tenant == LOCAL:
            return
        with self._database.reading() as tx:
            self._require_room(tx, tenant, pictures, self._agreed(tx, tenant), self._database.clock(tx))

    def forget(self) -> None:
        """What was ordered before it counted."""
        with self._database.transaction() as tx:
            hour = self._database.clock(tx) // HOUR_MS
            tx.execute(delete(ORDERED).where(ORDERED.c.hour <= hour - _DAY_HOURS))

    def _require_room(self, tx: Connection, tenant: str, pictures: int, quota: Quota, now: int) -> None:
        if _open_jobs(tx, tenant) >= quota.jobs_open:
            raise self._refused("jobs", f"{quota.jobs_open} jobs may be open", _JOB_WAIT_S)
        hours = _ordered(tx, tenant, now)
        over = sum(hours.values()) + pictures - quota.pictures_per_day
        if over > 0:
            message = f"{quota.pictures_per_day} pictures may be ordered a day"
            raise self._refused("pictures", message, (_room_time(hours, over, now) - now) / 1000)

    def _agreed(self, tx: Connection, tenant: str) -> Quota:
        row = tx.execute(select(TENANTS).where(TENANTS.c.id == tenant)).mappings().one_or_none()
        return self._usual.agreed(None if row is None else dict(row))

    def _refused(self, limit: str, message: str, wait_s: float) -> Exhausted:
        self._metrics.limited.labels(limit).inc()
        return Exhausted(reasons.REASON_QUOTA_EXCEEDED, message, retry_after_s=max(1.0, wait_s))


def _uploads(tx: Connection, tenant: str) -> tuple[int, int]:
    """How many are held for no job, and when the first of them ends."""
    mine = (HOLDINGS.c.tenant == tenant) & (HOLDINGS.c.sort == Sort.UPLOAD) & HOLDINGS.c.state.in_(_NOT_ADOPTED)
    query = select(func.count(), func.min(HOLDINGS.c.expire_time)).where(mine, HOLDINGS.c.ended_time.is_(None))
    count, first_end = tx.execute(query).one()
    return int(count), int(first_end or 0)


def _open_jobs(tx: Connection, tenant: str) -> int:
    query = select(func.count()).where(JOBS.c.tenant == tenant, JOBS.c.state.in_(_OPEN))
    return int(tx.execute(query).scalar_one())


def _ordered(tx: Connection, tenant: str, now: int) -> dict[int, int]:
    """Pictures by hour since 1970, of those hours that count."""
    since = now // HOUR_MS - _DAY_HOURS
    query = select(ORDERED.c.hour, ORDERED.c.pictures).where(ORDERED.c.tenant == tenant, ORDERED.c.hour > since)
    return {int(row.hour): int(row.pictures) for row in tx.execute(query.order_by(ORDERED.c.hour))}


def _room_time(hours: Mapping[int, int], over: int, now: int) -> int:
    """When so many will count no longer; in a day, where that will never be enough."""
    for hour, pictures in hours.items():
        over -= pictures
        if over <= 0:
            return (hour + _DAY_HOURS) * HOUR_MS
    return now + _DAY_HOURS * HOUR_MS

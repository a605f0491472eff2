"""What is held right now, as numbers for the privacy dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from gateway.retention.database import Database
from gateway.retention.holdings import Kind
from gateway.retention.tables import HOLDINGS, OBJECTS


@dataclass(frozen=True, slots=True)
class Inventory:
    """Objects count until they were verified absent."""

    objects: Mapping[Kind, int]
    past_deadline: int
    oldest_s: float


def take_inventory(database: Database) -> Inventory:
    present = HOLDINGS.c.verified_absent_time.is_(None)
    objects = (
        select(OBJECTS.c.kind, func.count().label("number")).join(HOLDINGS).where(present).group_by(OBJECTS.c.kind)
    )
    with database.reading() as tx:
        now = database.clock(tx)
        late = or_(HOLDINGS.c.ended_time <= now, HOLDINGS.c.expire_time <= now, HOLDINGS.c.give_up_time <= now)
        past = select(func.count()).select_from(OBJECTS).join(HOLDINGS).where(present, late)
        oldest = select(func.min(HOLDINGS.c.first_byte_time)).where(present)
        counts = {row.kind: row.number for row in tx.execute(objects).all()}
        first = tx.execute(oldest).scalar_one()
        return Inventory(
            {kind: counts.get(kind, 0) for kind in Kind},
            tx.execute(past).scalar_one(),
            0.0 if first is None else (now - first) / 1000,
        )

"""What was agreed with one tenant, other than what the settings say for everybody."""

from dataclasses import asdict, dataclass

from sqlalchemy import select, update

from gateway.retention.database import Database
from gateway.tenants.keys import hold_tenant
from gateway.tenants.tables import TENANTS


@dataclass(frozen=True, slots=True)
class Agreement:
    """None: as everybody. 0: none at all."""

    calls_per_minute: int | None = None
    uploads_held: int | None = None
    jobs_open: int | None = None
    pictures_per_day: int | None = None


class Agreements:
    """Those of all tenants. They count from the next call on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tenant: str) -> Agreement:
        with self._database.reading() as tx:
            row = tx.execute(select(TENANTS).where(TENANTS.c.id == tenant)).mappings().one_or_none()
        return Agreement(**{name: None if row is None else row[name] for name in Agreement.__dataclass_fields__})

    def change(self, tenant: str, agreement: Agreement) -> None:
        """In full: what is None is as for everybody from now on."""
        with self._database.transaction() as tx:
            hold_tenant(tx, tenant, self._database.clock(tx))
            tx.execute(update(TENANTS).where(TENANTS.c.id == tenant).values(asdict(agreement)))

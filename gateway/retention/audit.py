"""An independent look at everything that is kept: `python -m gateway.retention.audit`, hourly in the cluster.

It shares no code with the sweep and believes none of its marks: it lists the store and the key store as they are and
removes what no record knows, what a record says is gone, and what is past its deadline. The ledger it only reads.
Ends with 0 when nothing remains that should not be there, with 1 otherwise.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select

from gateway.keys.store import KeyEntry, KeyStore
from gateway.retention.database import Database, connect
from gateway.retention.holdings import HOUR_MS
from gateway.retention.settings import RetentionSettings
from gateway.retention.stores import open_keys, open_store
from gateway.retention.tables import HOLDINGS
from gateway.storage.store import Found, Store
from likeness_wire.errors import LikenessError
from services.common import logs
from services.common.settings import load
from services.common.startup import StartupError

T = TypeVar("T")

_BATCH = 1_000
_CAP_MS = 24 * HOUR_MS
# A key is made moments before its record. An unfinished write may be under way.
_YOUNG_KEY_MS = HOUR_MS // 6
_YOUNG_WRITE_MS = HOUR_MS


class Record(NamedTuple):
    """What the ledger says of a holding."""

    hard_expire_time: int
    verified_absent_time: int | None


@dataclass(slots=True)
class Findings:
    """What was there, and what of it should not have been."""

    objects: int = 0
    keys: int = 0
    unknown_objects: int = 0
    late_objects: int = 0
    unfinished_writes: int = 0
    unknown_keys: int = 0
    late_keys: int = 0
    # Holdings that the ledger itself does not call erased, though their time is over.
    late_records: int = 0
    # What was to be removed and is still there.
    remaining: int = 0

    @property
    def clean(self) -> bool:
        return not (self.remaining or self.late_records)


class Audit:
    """One look. `remove` unset only counts."""

    def __init__(
        self, database: Database, store: Store, keys: KeyStore, *, remove: bool = True, lost_ledger: bool = False
    ) -> None:
        self._database = database
        self._store = store
        self._keys = keys
        self._remove = remove
        self._lost_ledger = lost_ledger
        self._found = Findings()
        self._doomed_keys: set[str] = set()
        self._doomed_objects: set[str] = set()

    def run(self) -> Findings:
        """Keys first: after that nothing opens what is still being removed."""
        if not self._lost_ledger:
            self._refuse_an_empty_ledger()
        for entries in _batches(self._keys.entries()):
            self._look_at_keys(entries)
        for objects in _batches(self._store.list()):
            self._look_at_objects(objects)
        self._found.late_records = self._late_records()
        self._found.remaining = self._remaining()
        return self._found

    def _look_at_keys(self, entries: list[KeyEntry]) -> None:
        now, records = self._records(entry.holding for entry in entries)
        self._found.keys += len(entries)
        late = {e.holding for e in entries if e.hard_expire_time <= now or _is_over(records.get(e.holding), now)}
        old = {e.holding for e in entries if now - e.made_time > _YOUNG_KEY_MS}
        unknown = {e.holding for e in entries if e.holding not in records} & old - late
        self._found.late_keys += len(late)
        self._found.unknown_keys += len(unknown)
        if self._remove and (late or unknown):
            self._keys.destroy(late | unknown)
        self._doomed_keys |= late | unknown

    def _look_at_objects(self, objects: list[Found]) -> None:
        """Listed before the ledger is asked: a record is written before its object, so what has none never had one."""
        now, records = self._records(_holding(found) for found in objects)
        self._found.objects += len(objects)
        doomed = []
        for found in objects:
            age = now - found.modified_ms
            if not found.complete and age > _YOUNG_WRITE_MS:
                self._found.unfinished_writes += 1
            elif _holding(found) not in records:
                self._found.unknown_objects += 1
            elif age > _CAP_MS or _is_over(records[_holding(found)], now):
                self._found.late_objects += 1
            else:
                continue
            doomed.append(found)
        if self._remove:
            self._store.remove(doomed)
        self._doomed_objects |= {found.name for found in doomed}

    def _remaining(self) -> int:
        """Looks again."""
        keys = sum(entry.holding in self._doomed_keys for entry in self._keys.entries()) if self._doomed_keys else 0
        objects = sum(found.name in self._doomed_objects for found in self._store.list()) if self._doomed_objects else 0
        return keys + objects

    def _refuse_an_empty_ledger(self) -> None:
        """Beside a store that is not empty it is more likely the wrong one than a lost one."""
        with self._database.reading() as tx:
            known = tx.execute(select(HOLDINGS.c.id).limit(1)).first()
        if known is None and next(iter(self._store.list()), None) is not None:
            raise StartupError(
                "LIKENESS_DATABASE_URL: knows of nothing, the store has objects; --lost-ledger if it was lost"
            )

    def _records(self, holdings: Iterable[str]) -> tuple[int, Mapping[str, Record]]:
        columns = (HOLDINGS.c.id, HOLDINGS.c.hard_expire_time, HOLDINGS.c.verified_absent_time)
        with self._database.reading() as tx:
            rows = tx.execute(select(*columns).where(HOLDINGS.c.id.in_(set(holdings)))).all()
            return self._database.clock(tx), {row.id: Record(row[1], row[2]) for row in rows}

    def _late_records(self) -> int:
        with self._database.reading() as tx:
            late = (HOLDINGS.c.verified_absent_time.is_(None), HOLDINGS.c.hard_expire_time <= self._database.clock(tx))
            return tx.execute(select(func.count()).select_from(HOLDINGS).where(*late)).scalar_one()


def _is_over(record: Record | None, now: int) -> bool:
    return record is not None and (record.verified_absent_time is not None or record.hard_expire_time <= now)


def _holding(found: Found) -> str:
    return found.name.partition("/")[0]


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def main() -> int:
    parser = argparse.ArgumentParser(description="Looks at everything that is kept. Configured like the gateway.")
    parser.add_argument("--look-only", action="store_true", help="count, and remove nothing")
    parser.add_argument(
        "--lost-ledger", action="store_true", help="the job database is new: remove everything before it"
    )
    arguments = parser.parse_args()
    try:
        settings = load(RetentionSettings)
        logs.set_up(settings.log_level)
        database = Database(connect(settings.job_database_url()))
        store, keys = open_store(settings), open_keys(settings)
        audit = Audit(database, store, keys, remove=not arguments.look_only, lost_ledger=arguments.lost_ledger)
        findings = audit.run()
    except (StartupError, LikenessError) as error:
        sys.stderr.write(f"cannot look: {error}\n")
        return 2
    sys.stdout.write(json.dumps(asdict(findings)) + "\n")
    return 0 if findings.clean else 1


if __name__ == "__main__":
    sys.exit(main())

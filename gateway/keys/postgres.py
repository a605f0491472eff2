"""Keys in a Postgres database of their own, each wrapped by the master key.

Never backed up, neither by dumps nor by archived WAL. What Postgres leaves in pages and WAL of a deleted row is
wrapped: `tidy` rewrites the table, and dropping a master key after a day (master.py) takes the rest.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import BigInteger, Column, Connection, Engine, LargeBinary, MetaData, String, Table, func, select, text
from sqlalchemy import delete as sql_delete
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gateway.keys.master import MasterKeys, Wrapped
from gateway.keys.store import KeyEntry, KeyGone, unavailable
from gateway.storage.sealing import KEY_BYTES, DataKey
from services.common.startup import StartupError

_METADATA = MetaData()
_KEYS = Table(
    "data_keys",
    _METADATA,
    Column("holding", String(64), primary_key=True),
    Column("master", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("hard_expire_time", BigInteger, nullable=False),
    Column("made_time", BigInteger, nullable=False),
)
# Rewriting locks the table for milliseconds; nobody should wait for the lock itself.
_REWRITE = ("SET lock_timeout = '1s'", "VACUUM (FULL) data_keys", "RESET lock_timeout")


class PostgresKeyStore:
    """Any number of gateways may share it."""

    def __init__(
        self,
        engine: Engine,
        masters: MasterKeys,
        *,
        tidy_every_s: float = 600.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._masters = masters
        self._tidy_every_s = tidy_every_s
        self._monotonic = monotonic
        self._untidy_since: float | None = monotonic()
        with self._changing() as database:
            database.execute(text("SELECT pg_advisory_xact_lock(7490317)"))  # two gateways may start at once
            _METADATA.create_all(database)

    def create(self, holding: str, hard_expire_time: int, now: int) -> None:
        key = DataKey(secrets.token_bytes(KEY_BYTES))
        wrapped = self._masters.wrap(key, holding, hard_expire_time)
        row = {
            "holding": holding,
            "master": wrapped.master,
            "sealed": wrapped.sealed,
            "hard_expire_time": hard_expire_time,
            "made_time": now,
        }
        with self._changing() as database:
            try:
                database.execute(_KEYS.insert(), row)
            except IntegrityError:
                raise ValueError("this holding has a key") from None

    def fetch(self, holding: str) -> DataKey:
        with self._changing() as database:
            row = database.execute(select(_KEYS).where(_KEYS.c.holding == holding)).one_or_none()
        if row is None:
            raise KeyGone
        return self._masters.unwrap(Wrapped(row.master, row.sealed), holding, row.hard_expire_time)

    def destroy(self, holdings: Iterable[str]) -> None:
        with self._changing() as database:
            gone = database.execute(sql_delete(_KEYS).where(_KEYS.c.holding.in_(list(holdings))))
        if gone.rowcount and self._untidy_since is None:
            self._untidy_since = self._monotonic()

    def entries(self, expired_by: int | None = None) -> Iterator[KeyEntry]:
        query = select(_KEYS.c.holding, _KEYS.c.hard_expire_time, _KEYS.c.made_time)
        if expired_by is not None:
            query = query.where(_KEYS.c.hard_expire_time <= expired_by)
        with self._changing() as database:
            rows = database.execute(query).all()
        return (KeyEntry(*row) for row in rows)

    def count(self) -> int:
        with self._changing() as database:
            return database.execute(select(func.count()).select_from(_KEYS)).scalar_one()

    def tidy(self) -> None:
        """Rewrites the table, seldom: dead rows go with the old file. Another's lock only means later."""
        due = self._untidy_since is not None and self._monotonic() - self._untidy_since >= self._tidy_every_s
        if not due:
            return
        with contextlib.suppress(SQLAlchemyError), self._engine.connect() as database:
            rewriting = database.execution_options(isolation_level="AUTOCOMMIT")
            for statement in _REWRITE:
                rewriting.execute(text(statement))
            self._untidy_since = None

    def check(self) -> None:
        with self._changing() as database:
            archiving = database.execute(text("SHOW archive_mode")).scalar_one()
        if archiving != "off":
            raise StartupError("LIKENESS_KEY_DATABASE_URL: this server archives its WAL, which is a backup of keys")

    def close(self) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as database:
                yield database
        except SQLAlchemyError as error:
            raise unavailable() from error

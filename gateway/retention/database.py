"""The job database: SQLite in a file, or Postgres. Its clock is the one that deadlines are measured by."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from gateway.retention.tables import METADATA
from likeness_wire.errors import Unavailable

# Milliseconds since 1970. Tests pass another.
Clock = Callable[[Connection], int]

_NOW = {
    # Both halves of one statement see the same instant.
    "sqlite": text(
        "SELECT CAST(strftime('%s','now') AS INTEGER) * 1000 + CAST(substr(strftime('%f','now'), 4) AS INTEGER)"
    ),
    "postgresql": text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"),
}
# SQLite's connections begin nothing by themselves; SQLAlchemy's AUTOCOMMIT would set them to that, and back, each time.
_READING: Mapping[str, Mapping[str, object]] = {
    "sqlite": {"reading": True},
    "postgresql": {"isolation_level": "AUTOCOMMIT"},
}
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY")


def database_clock(tx: Connection) -> int:
    now: int = tx.execute(_NOW[tx.dialect.name]).scalar_one()
    return now


class Database:
    """Transactions that say Unavailable, not SQL, when they fail."""

    def __init__(self, engine: Engine, clock: Clock = database_clock) -> None:
        self.engine = engine
        self.clock = clock
        self._reading = engine.execution_options(**_READING[engine.dialect.name])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at the end, or not at all. On SQLite there is one writer at a time."""
        with _answering(), self.engine.begin() as tx:
            yield tx

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Single statements, each of the moment."""
        with _answering(), self._reading.connect() as connection:
            yield connection

    def now(self) -> int:
        with self.reading() as tx:
            return self.clock(tx)

    def create_tables(self) -> None:
        with self.transaction() as tx:
            if tx.dialect.name == "postgresql":
                tx.execute(text("SELECT pg_advisory_xact_lock(7490316)"))  # two gateways may start at once
            METADATA.create_all(tx)


def insert_if_absent(tx: Connection, table: Table, row: Mapping[str, object]) -> None:
    """Does nothing where its primary key is taken, also by somebody who takes it at the same time."""
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    tx.execute(insert(table).values(row).on_conflict_do_nothing())


def connect(url: str, *, connections: int = 8, stall_s: float = 10.0) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`.

    A process that is frozen amid a transaction would keep its locks for as long: on Postgres its session is ended after
    `stall_s`, and nobody waits longer than that for a lock.
    """
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        limits = f"-c idle_in_transaction_session_timeout={stall_s * 1000:.0f} -c lock_timeout={stall_s * 1000:.0f}"
        return create_engine(
            target, pool_size=connections, pool_pre_ping=True, hide_parameters=True, connect_args={"options": limits}
        )
    if target.database:
        _make_private(Path(target.database))
    engine = create_engine(target, pool_size=connections, connect_args={"timeout": 30.0}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that is there is not touched: closing a file lets go of all locks that this process has on it, SQLite's too,
    # and the next process to close the database would take its journal away from under us.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that begins by reading and then wants to write would fail beside another one that does."""
    if not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable(
            reasons.REASON_PEER_UNAVAILABLE, "the job database does not answer", retry_after_s=1.0
        ) from error

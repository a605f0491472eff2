"""Keys in one small SQLite file beside the data, 0600, for one machine.

SQLite overwrites what it deletes (`secure_delete`). Its rollback journal holds pages as they were, keys included, so
it stays one file (PERSIST) that is overwritten with zeros after every destruction. On flash, wear levelling may keep
old copies of both: full-disk encryption is what helps there (docs/privacy.md).
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.keys.store import KeyEntry, KeyGone, unavailable
from gateway.storage.sealing import KEY_BYTES, DataKey
from services.common.startup import StartupError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS data_keys (
    holding TEXT PRIMARY KEY,
    secret BLOB NOT NULL,
    hard_expire_time INTEGER NOT NULL,
    made_time INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
_BUSY_S = 30.0


class FileKeyStore:
    """One file. Several processes of this machine may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._journal = path.with_name(path.name + "-journal")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the journal the rights of the file.
        with contextlib.suppress(FileExistsError):  # opened and closed it would lose SQLite's locks
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with self._changing() as database:
            database.execute(_SCHEMA)
        self.tidy()

    def create(self, holding: str, hard_expire_time: int, now: int) -> None:
        row = (holding, secrets.token_bytes(KEY_BYTES), hard_expire_time, now)
        with self._changing() as database:
            try:
                database.execute("INSERT INTO data_keys VALUES (?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise ValueError("this holding has a key") from None

    def fetch(self, holding: str) -> DataKey:
        with self._open() as database:
            row = database.execute("SELECT secret FROM data_keys WHERE holding = ?", (holding,)).fetchone()
        if row is None:
            raise KeyGone
        return DataKey(row[0])

    def destroy(self, holdings: Iterable[str]) -> None:
        with self._changing() as database:
            gone = database.executemany("DELETE FROM data_keys WHERE holding = ?", [(name,) for name in holdings])
        if gone.rowcount:
            self.tidy()

    def entries(self, expired_by: int | None = None) -> Iterator[KeyEntry]:
        query = "SELECT holding, hard_expire_time, made_time FROM data_keys WHERE ? IS NULL OR hard_expire_time <= ?"
        with self._open() as database:
            rows = database.execute(query, (expired_by, expired_by)).fetchall()
        return (KeyEntry(*row) for row in rows)

    def count(self) -> int:
        with self._open() as database:
            number: int = database.execute("SELECT count(*) FROM data_keys").fetchone()[0]
        return number

    def tidy(self) -> None:
        """The exclusive lock says that nobody's transaction needs the journal."""
        if not _has_content(self._journal):
            return
        with self._open() as database:
            database.execute("BEGIN EXCLUSIVE")
            _overwrite(self._journal)
            database.execute("COMMIT")

    def check(self) -> None:
        if self._path.stat().st_mode & 0o077 or self._path.parent.stat().st_mode & 0o077:
            raise StartupError("the key file and its folder are open to other users: chmod 600 and 700 them")

    def close(self) -> None:
        pass

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection per use: nothing of a key stays in a page cache."""
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)) as database:
                for pragma in ("journal_mode=PERSIST", "secure_delete=ON", "synchronous=FULL", "temp_store=MEMORY"):
                    database.execute(f"PRAGMA {pragma}")
                yield database
        except (sqlite3.Error, OSError) as error:
            raise unavailable() from error


def _has_content(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return any(path.read_bytes())
    return False


def _overwrite(path: Path) -> None:
    """In place, as far as the file system writes in place."""
    with contextlib.suppress(FileNotFoundError), path.open("r+b", buffering=0) as file:
        file.write(bytes(path.stat().st_size))
        os.fsync(file.fileno())

"""The job database as a file that several processes open."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from gateway.retention.database import Database, connect

# What `likeness keys` does in a process of its own: opens, reads, closes.
_OTHER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute("SELECT count(*) FROM t").fetchone()[0])
database.close()
"""


def test_another_process_that_closes_it_takes_nothing_away(tmp_path: Path) -> None:
    """A gateway opens it more than once. Whoever else does must not believe to have been the last, and drop the log."""
    path = tmp_path / "jobs.sqlite"
    first = Database(connect(f"sqlite:///{path}"))
    with first.transaction() as tx:
        tx.execute(text("CREATE TABLE t (n INTEGER)"))
    second = Database(connect(f"sqlite:///{path}"))
    with second.transaction() as tx:
        tx.execute(text("INSERT INTO t VALUES (1)"))
    log = (tmp_path / "jobs.sqlite-wal").stat().st_ino

    seen = subprocess.run([sys.executable, "-c", _OTHER, str(path)], capture_output=True, text=True, check=True).stdout
    with first.transaction() as tx:
        tx.execute(text("INSERT INTO t VALUES (2)"))
    after = subprocess.run([sys.executable, "-c", _OTHER, str(path)], capture_output=True, text=True, check=True).stdout

    assert (seen.strip(), after.strip()) == ("1", "2")
    assert (tmp_path / "jobs.sqlite-wal").stat().st_ino == log
    for database in (first, second):
        database.engine.dispose()


def test_a_new_one_is_private(tmp_path: Path) -> None:
    """From its first byte on."""
    connect(f"sqlite:///{tmp_path / 'new' / 'jobs.sqlite'}").dispose()

    assert (tmp_path / "new" / "jobs.sqlite").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700

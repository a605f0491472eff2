"""Keys in Postgres: wrapped by a master key, and gone with their rows."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gateway.keys.master import MasterKeys
from gateway.keys.postgres import PostgresKeyStore
from gateway.retention.database import connect
from likeness_wire.errors import Internal, Unavailable
from services.common.startup import StartupError
from tests.gateway.keys.test_key_store import master_file, master_line, postgres_keys
from tests.gateway.servers import Postgres, postgres

__all__ = ["master_file"]  # the fixture


@pytest.fixture
def url(database_server: Postgres) -> str:
    return database_server.new_database()


def table_file(engine: Engine, server: Postgres) -> bytes:
    """The table as it is on disk."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
        path = connection.execute(text("SELECT pg_relation_filepath('data_keys')")).scalar_one()
    return (server.folder / "data" / path).read_bytes()


def test_the_database_never_sees_a_key(url: str, master_file: Path, database_server: Postgres) -> None:
    """Neither its files nor its log of changes."""
    keys = postgres_keys(url, master_file)
    keys.create("a", 10, 1)
    secret = keys.fetch("a").secret
    engine = connect(url)
    table_file(engine, database_server)  # everything to disk

    files = [path for path in (database_server.folder / "data").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if secret in path.read_bytes()] == []
    engine.dispose()
    keys.close()


def test_tidying_removes_what_deleting_left_in_the_table(
    url: str, master_file: Path, database_server: Postgres
) -> None:
    """Postgres keeps deleted rows until the table is rewritten."""
    keys = postgres_keys(url, master_file)
    keys.create("a", 10, 1)
    keys.create("b", 10, 1)
    engine = connect(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT holding, sealed FROM data_keys")).all()
    sealed = {row.holding: bytes(row.sealed) for row in rows}

    keys.destroy(["a"])
    assert sealed["a"] in table_file(engine, database_server)
    keys.tidy()
    tidied = table_file(engine, database_server)
    assert sealed["a"] not in tidied
    assert sealed["b"] in tidied
    engine.dispose()
    keys.close()


def test_tidying_does_not_wait_for_others(url: str, master_file: Path) -> None:
    """Somebody reads the table: then later, and no error."""
    keys = postgres_keys(url, master_file)
    keys.create("a", 10, 1)
    keys.destroy(["a"])
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE data_keys IN ACCESS SHARE MODE"))
        keys.tidy()
    keys.tidy()
    engine.dispose()
    keys.close()


def test_a_new_master_key_takes_over_while_the_old_one_still_opens(url: str, master_file: Path) -> None:
    """Rotation is a line before the others, noticed without a restart; a day later the old line goes."""
    keys = postgres_keys(url, master_file)
    keys.create("old", 10, 1)
    secret = keys.fetch("old").secret
    old_line, new_line = master_file.read_text().strip(), master_line()

    rewrite(master_file, f"{new_line}\n{old_line}\n")
    keys.create("new", 10, 1)
    assert keys.fetch("old").secret == secret
    assert keys.fetch("new")

    rewrite(master_file, new_line)
    assert keys.fetch("new")
    with pytest.raises(Unavailable):
        keys.fetch("old")
    keys.close()


def test_a_row_that_was_moved_or_redated_does_not_open(url: str, master_file: Path) -> None:
    """Holding and deadline are bound into what is wrapped."""
    keys = postgres_keys(url, master_file)
    keys.create("a", 10, 1)
    engine = connect(url)
    for change in ("SET hard_expire_time = 11", "SET hard_expire_time = 10, holding = 'b'"):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE data_keys {change}"))
        with pytest.raises(Internal):
            keys.fetch("b" if "holding" in change else "a")
    engine.dispose()
    keys.close()


@pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ="])
def test_a_master_key_that_is_none_is_refused(master_file: Path, content: str) -> None:
    """With the variable's name, and nothing of the content."""
    master_file.write_text(content)
    with pytest.raises(StartupError, match=r"^LIKENESS_MASTER_KEY_FILE: every line") as failure:
        MasterKeys(master_file)

    assert not content or content not in str(failure.value)


def test_a_master_key_file_that_vanishes_while_we_run_is_survived(master_file: Path, url: str) -> None:
    """The keys read before stay in use."""
    keys = postgres_keys(url, master_file)
    keys.create("a", 10, 1)
    master_file.unlink()

    assert keys.fetch("a")
    with pytest.raises(StartupError, match="cannot be read"):
        MasterKeys(master_file)
    keys.close()


def test_a_server_that_archives_its_log_is_refused(master_file: Path) -> None:
    """An archive is a backup, and keys are in none."""
    with postgres("archive_mode=on", "archive_command=true") as server:
        keys = PostgresKeyStore(connect(server.new_database()), MasterKeys(master_file))
        with pytest.raises(StartupError, match="archives its WAL"):
            keys.check()
        keys.close()


def rewrite(path: Path, text: str) -> None:
    """As a mounted secret changes: another file under the same name."""
    draft = path.with_suffix(".new")
    draft.write_text(text)
    draft.replace(path)

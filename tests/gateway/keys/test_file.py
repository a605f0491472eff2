"""The key file: what is destroyed is not in it any more, nor beside it."""

import random
import sqlite3
from pathlib import Path

import pytest

from gateway.keys.file import FileKeyStore
from likeness_wire.errors import Unavailable
from services.common.startup import StartupError
from tests.gateway.keys.test_key_store import new_holding


@pytest.fixture
def folder(quick_path: Path) -> Path:
    return quick_path / "keys"


@pytest.fixture
def keys(folder: Path) -> FileKeyStore:
    return FileKeyStore(folder / "keys.sqlite")


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_destroyed_keys_are_in_no_file(keys: FileKeyStore, folder: Path) -> None:
    """After thousands of random lives, in the database or its journal; the living ones are."""
    living: dict[str, bytes] = {}
    destroyed: list[bytes] = []
    for _ in range(1_000):
        if random.random() < 0.55 or len(living) < 5:
            holding = new_holding()
            keys.create(holding, 10, 1)
            living[holding] = keys.fetch(holding).secret
        else:
            doomed = random.sample(sorted(living), random.choice((1, 1, 5)))
            keys.destroy(doomed)
            destroyed += [living.pop(holding) for holding in doomed]

    kept = everything(folder)
    assert len(destroyed) > 300
    assert [secret for secret in destroyed if secret in kept] == []
    assert all(secret in kept for secret in living.values())


def test_a_crash_before_the_journal_was_overwritten_is_made_good(keys: FileKeyStore, folder: Path) -> None:
    """The next start overwrites what the last destruction left beside the file."""
    keys.create("a", 10, 1)
    secret = keys.fetch("a").secret
    with sqlite3.connect(folder / "keys.sqlite", isolation_level=None) as database:
        database.execute("PRAGMA journal_mode=PERSIST")
        database.execute("PRAGMA secure_delete=ON")
        database.execute("DELETE FROM data_keys")
    database.close()
    assert secret in everything(folder)

    FileKeyStore(folder / "keys.sqlite")

    assert secret not in everything(folder)


def test_only_its_owner_may_read_it(keys: FileKeyStore, folder: Path) -> None:
    """File, journal and folder; otherwise it is refused."""
    keys.create("a", 10, 1)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700

    (folder / "keys.sqlite").chmod(0o640)
    with pytest.raises(StartupError, match="chmod"):
        keys.check()


def test_a_file_that_is_no_key_file_is_unavailable(keys: FileKeyStore, folder: Path) -> None:
    """And the message does not say where it is."""
    (folder / "keys.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable) as failure:
        keys.fetch("a")

    assert failure.value.message == "the key store does not answer"

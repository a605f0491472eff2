"""The contract of key stores, kept by both: a file, and a database of a real Postgres."""

import base64
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.keys.file import FileKeyStore
from gateway.keys.master import MasterKeys
from gateway.keys.postgres import PostgresKeyStore
from gateway.keys.store import KeyEntry, KeyGone, KeyStore
from gateway.retention.database import connect
from tests.gateway.servers import Postgres


def master_line() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def master_file(tmp_path: Path) -> Path:
    path = tmp_path / "master"
    path.write_text(master_line() + "\n")
    return path


def postgres_keys(url: str, master_file: Path) -> PostgresKeyStore:
    return PostgresKeyStore(connect(url), MasterKeys(master_file), tidy_every_s=0)


@pytest.fixture(params=["file", "postgres"])
def keys(request: pytest.FixtureRequest, quick_path: Path) -> Iterator[KeyStore]:
    if request.param == "file":
        store: KeyStore = FileKeyStore(quick_path / "keys" / "keys.sqlite")
    else:
        server: Postgres = request.getfixturevalue("database_server")
        store = postgres_keys(server.new_database(), request.getfixturevalue("master_file"))
    yield store
    store.close()


def test_a_key_stays_the_same_until_it_is_destroyed(keys: KeyStore) -> None:
    """32 bytes, random, and its own for every holding."""
    keys.create("a", 10, 1)
    keys.create("b", 10, 1)
    first = keys.fetch("a")

    assert len(first.secret) == 32
    assert first == keys.fetch("a")
    assert first != keys.fetch("b")
    keys.destroy(["a"])
    with pytest.raises(KeyGone):
        keys.fetch("a")
    assert keys.fetch("b")


def test_a_holding_has_one_key(keys: KeyStore) -> None:
    """A second one would orphan what the first sealed."""
    keys.create("a", 10, 1)
    first = keys.fetch("a")
    with pytest.raises(ValueError, match="has a key"):
        keys.create("a", 10, 1)

    assert first == keys.fetch("a")


def test_destroying_is_for_good_and_may_be_repeated(keys: KeyStore) -> None:
    """Several at once, known or not."""
    for holding in "abc":
        keys.create(holding, 10, 1)
    keys.destroy(["a", "b", "never was"])
    keys.destroy(["a", "b"])
    keys.destroy([])
    keys.tidy()

    assert keys.count() == 1
    assert [entry.holding for entry in keys.entries()] == ["c"]


def test_entries_say_when_a_key_has_to_go(keys: KeyStore) -> None:
    """And nothing of the key itself."""
    keys.create("a", 86_400_000, 5)

    keys.create("b", 86_400_001, 6)

    assert set(keys.entries()) == {KeyEntry("a", 86_400_000, 5), KeyEntry("b", 86_400_001, 6)}
    assert list(keys.entries(expired_by=86_400_000)) == [KeyEntry("a", 86_400_000, 5)]
    assert list(keys.entries(expired_by=0)) == []


def test_many_at_once(keys: KeyStore) -> None:
    """Threads of one gateway make, fetch and destroy side by side."""

    def life(number: int) -> bool:
        holding = f"h{number}"
        keys.create(holding, 10, 1)
        same = keys.fetch(holding) == keys.fetch(holding)
        if number % 2:
            keys.destroy([holding])
        return same

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(life, range(80)))
    keys.tidy()
    assert keys.count() == 40


def test_a_fresh_store_passes_its_own_check(keys: KeyStore) -> None:
    """Nothing about it keeps what is destroyed."""
    keys.check()


def new_holding() -> str:
    return secrets.token_hex(16)

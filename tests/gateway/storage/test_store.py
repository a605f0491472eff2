"""The contract of stores, kept by both of them: a folder, and a bucket, of a real SeaweedFS and a real Ceph."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.storage.directory import DirectoryStore
from gateway.storage.store import Found, Missing, Store
from tests.gateway.servers import S3Server

MEGABYTE = 1024 * 1024


@pytest.fixture(params=["directory", "seaweed", pytest.param("ceph", marks=pytest.mark.server)])
def store(request: pytest.FixtureRequest, quick_path: Path) -> Iterator[Store]:
    if request.param == "directory":
        kept: Store = DirectoryStore(quick_path / "objects")
    else:
        server: S3Server = request.getfixturevalue(request.param)
        kept = server.store(server.new_bucket())
    yield kept
    kept.close()


def write(store: Store, name: str, content: bytes) -> None:
    sink = store.create(name, len(content))
    for start in range(0, len(content), 100_000):
        sink.write(content[start : start + 100_000])
    sink.commit()


def read(store: Store, name: str, start: int = 0, length: int | None = None) -> bytes:
    source = store.open(name, start, length)
    try:
        content = b""
        while piece := source.read(70_000):
            content += piece
        return content
    finally:
        source.close()


def names(store: Store, holding: str | None = None) -> list[str]:
    return sorted(found.name for found in store.list(holding))


def test_what_was_written_is_read(store: Store) -> None:
    """Byte for byte, in pieces, from one byte to several megabytes."""
    for size in (1, 99_999, 3 * MEGABYTE + 1):
        content = random.randbytes(size)
        write(store, f"a/{size}", content)

        assert content == read(store, f"a/{size}")


def test_a_range_is_only_that_range(store: Store) -> None:
    """From an offset to the end, or for a length."""
    content = random.randbytes(200_000)
    write(store, "a/b", content)

    assert content[150_000:] == read(store, "a/b", 150_000)
    assert content[70_001:70_101] == read(store, "a/b", 70_001, 100)


def test_an_object_that_is_not_committed_cannot_be_read(store: Store) -> None:
    """Neither while it is written nor after it was aborted."""
    sink = store.create("a/b", 10)
    sink.write(b"12345")
    with pytest.raises(Missing):
        store.open("a/b")

    sink.abort()
    sink.abort()

    assert names(store) == []
    with pytest.raises(Missing):
        store.open("a/b")


def test_fewer_bytes_than_announced_are_not_an_object(store: Store) -> None:
    """A commit that comes too early is refused."""
    sink = store.create("a/b", 10)
    sink.write(b"12345")
    with pytest.raises(ValueError, match="5 bytes of the object are missing"):
        sink.commit()
    sink.abort()

    assert names(store) == []


def test_more_bytes_than_announced_are_refused(store: Store) -> None:
    """At the piece that is too much, or at the latest when it should be complete."""
    sink = store.create("a/b", 4)
    with pytest.raises(ValueError, match="bytes"):
        sink.write(b"12345")
        sink.commit()
    sink.abort()


def test_listing_tells_holdings_apart(store: Store) -> None:
    """One holding's objects, though another's name begins alike; or everything."""
    for name in ("a/1", "a/2", "ab/1"):
        write(store, name, b"x")

    assert names(store, "a") == ["a/1", "a/2"]
    assert names(store, "ab") == ["ab/1"]
    assert names(store, "c") == []
    assert names(store) == ["a/1", "a/2", "ab/1"]


def test_listing_says_how_large_and_how_old(store: Store) -> None:
    """An audit decides by age; the store's clock is this machine's here."""
    write(store, "a/1", b"12345")
    found = next(store.list("a"))

    assert found.size_bytes == 5
    assert found.complete
    assert abs(found.modified_ms / 1000 - time.time()) < 60


def test_what_is_removed_is_gone_and_the_rest_is_not(store: Store) -> None:
    """Only what was listed goes; what is gone already is no error."""
    for name in ("a/1", "a/2", "b/1"):
        write(store, name, b"x")
    listed = list(store.list("a"))

    store.remove(listed)
    store.remove(listed)

    assert names(store) == ["b/1"]
    with pytest.raises(Missing):
        store.open("a/1")


def test_removing_by_name_alone_works(store: Store) -> None:
    """After a write whose outcome nobody knows."""
    write(store, "a/1", b"x")

    store.remove([Found("a/1", 0, 0), Found("a/2", 0, 0)])

    assert names(store) == []


def test_more_than_a_page_of_objects_is_listed_and_removed(store: Store) -> None:
    """S3 answers in pages of a thousand."""
    for number in range(1_050):
        write(store, f"a/{number}", b"x")

    assert len(names(store, "a")) == 1_050
    store.remove(store.list("a"))
    assert names(store) == []


def test_a_fresh_store_passes_its_own_check(store: Store) -> None:
    """Nothing about it keeps what is deleted."""
    store.check()

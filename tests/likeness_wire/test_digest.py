"""The digest of bytes in transit."""

import hashlib
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from likeness_wire import digest
from likeness_wire.digest import Digest

MIB = 1024 * 1024


def _pieces(data: bytes, longest: int) -> Iterator[memoryview]:
    view, start = memoryview(data), 0
    while start < len(data):
        end = start + random.randint(1, longest)
        yield view[start:end]
        start = end


def _digest(data: bytes, longest: int) -> bytes:
    sha = Digest()
    for piece in _pieces(data, longest):
        sha.update(piece)
    return sha.value()


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 9 * MIB + 5])
@pytest.mark.parametrize("longest", [100_000, 256 * 1024, 3 * MIB])
def test_it_is_sha256_however_the_bytes_are_cut(size: int, longest: int) -> None:
    """Below one batch, at its edge, and over many of them."""
    data = random.randbytes(size)

    assert hashlib.sha256(data).digest() == _digest(data, longest)


def test_it_goes_on_by_itself_while_all_threads_are_busy() -> None:
    """Streams that starve the threads slow no other stream down beyond what hashing takes."""
    data, release = random.randbytes(5 * MIB), threading.Event()
    busy: list[Future[bool]] = [digest._threads.submit(release.wait) for _ in range(8)]

    try:
        assert hashlib.sha256(data).digest() == _digest(data, 256 * 1024)
    finally:
        release.set()
    assert all(job.result() for job in busy)


def test_digests_of_many_streams_do_not_mix() -> None:
    """Interleaved as the event loop interleaves them."""
    blobs = [random.randbytes(3 * MIB) for _ in range(6)]
    digests = [Digest() for _ in blobs]
    for start in range(0, 3 * MIB, 256 * 1024):
        for sha, blob in zip(digests, blobs, strict=True):
            sha.update(memoryview(blob)[start : start + 256 * 1024])

    assert [hashlib.sha256(blob).digest() for blob in blobs] == [sha.value() for sha in digests]

"""SHA-256 of bytes in transit, computed on threads while the next bytes move.

Hashing is about as fast as gRPC, so a loop that did both in turn would move half as much. OpenSSL needs no GIL for it.
"""

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor

# Handing work to a thread costs up to 0.1 ms, hashing this much about 0.8 ms.
_BATCH_BYTES = 1024 * 1024

_threads = ThreadPoolExecutor(4, "digest")


class Digest:
    """One blob's digest. Pieces are kept, and must not change, until they have been hashed: at most two batches."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self._gathered: list[bytes | memoryview] = []
        self._gathered_bytes = 0
        self._batch: list[bytes | memoryview] = []
        self._job: Future[None] | None = None

    def update(self, piece: bytes | memoryview) -> None:
        """Waits only where the threads are a whole batch behind, and then for no longer than hashing it here takes."""
        self._gathered.append(piece)
        self._gathered_bytes += len(piece)
        if self._gathered_bytes >= _BATCH_BYTES:
            self._catch_up()
            self._batch, self._gathered, self._gathered_bytes = self._gathered, [], 0
            self._job = _threads.submit(self._hash, self._batch)

    def value(self) -> bytes:
        """The digest of all pieces; nothing may follow."""
        self._catch_up()
        self._hash(self._gathered)
        return self._sha.digest()

    def _catch_up(self) -> None:
        if self._job is None:
            return
        # A batch that no thread has begun is hashed here: other streams may keep all of them busy.
        if self._job.cancel():
            self._hash(self._batch)
        else:
            self._job.result()

    def _hash(self, pieces: list[bytes | memoryview]) -> None:
        for piece in pieces:
            self._sha.update(piece)

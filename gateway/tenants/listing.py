"""Which API keys there are, so that a key of nobody costs no look at the database of its own.

A key that is listed goes on to its row, which has the last word: revoked keys open nothing. One that is not listed may
have been made a moment ago, so the list is read again, once for everybody who waits for that and only so often; beyond
that, whoever shows such a key is told when to come back. Callers with a listed key never meet any of this.
"""

import asyncio
import time
from collections.abc import Callable, Collection

from gateway.offload import Threads
from gateway.tenants.bucket import Bucket, Rate
from gateway.tenants.keys import digest_of
from gateway.tenants.strangers import Turned

# Reading a few thousand digests takes milliseconds, so this is hardly felt; nor is a new key's first second.
_LOOKS = Rate(per_s=1.0, burst=30)
# Of those who wait for one look.
_MOST_WAITING = 64
_FULL_WAIT_S = 1.0


class Listing:
    """Digests of all live keys, as they were at the last look. For the loop's thread alone."""

    def __init__(
        self,
        read: Callable[[], Collection[bytes]],
        threads: Threads,
        turned: Turned,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._threads = threads
        self._turned = turned
        self._monotonic = monotonic
        self._bucket = Bucket(_LOOKS, monotonic())
        self._digests: set[bytes] = set()
        self._looking = asyncio.Lock()
        self._looks = self._waiting = 0

    async def has(self, key: str) -> bool:
        """Raises Exhausted where it is not listed, and there were too many looks to look again."""
        digest = digest_of(key)
        if digest in self._digests:
            return True
        if self._waiting >= _MOST_WAITING:
            raise self._turned.away("key", _FULL_WAIT_S)
        self._waiting += 1
        try:
            await self._look_since_now()
        finally:
            self._waiting -= 1
        return digest in self._digests

    def drop(self, key: str) -> None:
        """It has been revoked since."""
        self._digests.discard(digest_of(key))

    async def _look_since_now(self) -> None:
        """One that has begun already may have missed what was made before this call; any later one will do."""
        before = self._looks
        async with self._looking:
            if self._looks != before:
                return
            if wait_s := self._bucket.take(_LOOKS, self._monotonic()):
                raise self._turned.away("key", wait_s)
            self._looks += 1
            self._digests = set(await self._threads(self._read))

"""Bytes on their way through the cipher into the store and back, piece by piece, off the event loop."""

import contextlib
import functools
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import ParamSpec, TypeVar

from gateway.keys.store import KeyStore
from gateway.offload import Threads
from gateway.retention.holdings import Holding, Kind, Stored
from gateway.retention.ledger import expired
from gateway.storage.sealing import Sealing, sealed_size
from gateway.storage.segments import Opening
from gateway.storage.store import Found, Source, Store
from likeness_wire.errors import LikenessError

P = ParamSpec("P")
T = TypeVar("T")

PIECE_BYTES = 256 * 1024


class Content:
    """An object that is being read. Stops at the deadline, even in mid-object."""

    def __init__(self, source: Source, size_bytes: int, threads: Threads, left_s: Callable[[], float]) -> None:
        self.size_bytes = size_bytes
        self._source = source
        self._threads = threads
        self._left_s = left_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self._threads(self._source.read, PIECE_BYTES):
            if self._left_s() <= 0:
                raise expired()
            yield piece

    async def whole(self) -> bytes:
        return b"".join([piece async for piece in self])


class SealedObjects:
    """Objects of holdings. Raises `KeyGone` and `Missing` where the ledger knows more than there is."""

    def __init__(
        self, store: Store, keys: KeyStore, threads: Threads, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._keys = keys
        self._threads = threads
        self._monotonic = monotonic

    async def write(
        self, holding: Holding, kind: Kind, index: int, name: str, pieces: AsyncIterable[bytes], size_bytes: int
    ) -> None:
        """Durably there when this returns; nothing there, as far as can be told, when it raises."""
        begun: list[Sealing] = []
        try:
            sealing = await self._threads(_into, begun, self._sealing, holding, kind, index, name, size_bytes)
            async for piece in pieces:
                await self._threads(sealing.write, piece)
            await self._threads(sealing.commit)
        except BaseException:
            for each in begun:
                with contextlib.suppress(LikenessError):
                    await self._threads(each.abort)
            raise

    @contextlib.asynccontextmanager
    async def reading(
        self, holding: Holding, stored: Stored, left_s: float, start: int = 0, length: int | None = None
    ) -> AsyncIterator[Content]:
        """`left_s`: until its deadline."""
        end = self._monotonic() + left_s
        length = stored.size_bytes - start if length is None else min(length, stored.size_bytes - start)
        begun: list[Source] = []
        try:
            source = await self._threads(_into, begun, self._opening, holding, stored, start, length)
            yield Content(source, length, self._threads, lambda: end - self._monotonic())
        finally:
            for each in begun:
                await self._threads(each.close)

    async def discard(self, name: str) -> None:
        """Removes what a failed write may have left."""
        await self._threads(self._store.remove, [Found(name, 0, 0)])

    def _sealing(self, holding: Holding, kind: Kind, index: int, name: str, size_bytes: int) -> Sealing:
        key = self._keys.fetch(holding.id)
        return Sealing(self._store.create(name, sealed_size(size_bytes)), key, holding.binding(kind, index))

    def _opening(self, holding: Holding, stored: Stored, start: int, length: int) -> Source:
        key = self._keys.fetch(holding.id)
        binding = holding.binding(stored.kind, stored.index)
        fetch = functools.partial(self._store.open, stored.name)
        return Opening(fetch, key, binding, stored.size_bytes, start, length)


def _into(begun: list[T], begin: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Noted where it was begun: who waits for it may be cancelled, and has to end it all the same."""
    begun.append(begin(*args, **kwargs))
    return begun[-1]

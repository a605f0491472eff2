"""A vault over real stores in a folder, and its objects with and without the cipher."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.keeping import Keeper
from gateway.keys.file import FileKeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database, connect
from gateway.retention.holdings import Holding, Kind, Stored, Terms, new_id
from gateway.retention.receipts import Signer
from gateway.sealed import PIECE_BYTES, SealedObjects
from gateway.storage.store import Sink, Source, Store

TENANT = "bench"
PIECE = bytes(range(256)) * (PIECE_BYTES // 256)


class PlainObjects(SealedObjects):
    """The same way without the cipher; the key is fetched all the same."""

    def _sealing(self, holding: Holding, kind: Kind, index: int, name: str, size_bytes: int) -> Sink:  # type: ignore[override]
        self._keys.fetch(holding.id)
        return self._store.create(name, size_bytes)

    def _opening(self, holding: Holding, stored: Stored, start: int, length: int) -> Source:
        self._keys.fetch(holding.id)
        return self._store.open(stored.name)


@dataclass(frozen=True, slots=True)
class House:
    folder: Path
    store: Store
    keys: FileKeyStore
    database: Database
    keeper: Keeper
    threads: Threads


@contextlib.contextmanager
def house(folder: Path, store: Store) -> Iterator[House]:
    """Not started: who needs it swept and ready calls `keeper.prepare`."""
    database = Database(connect(f"sqlite:///{folder / 'jobs.sqlite'}"))
    keys = FileKeyStore(folder / "keys" / "keys.sqlite")
    threads, signer = Threads(), Signer(Ed25519PrivateKey.generate())
    keeper = Keeper(database, keys, store, signer, Terms(), threads, GatewayMetrics())
    try:
        yield House(folder, store, keys, database, keeper, threads)
    finally:
        keeper.close()


async def write(objects: SealedObjects, holding: Holding, size_bytes: int) -> Stored:
    """Past the ledger, whose commits would be the same on both sides."""
    name = f"{holding.id}/{new_id()}"
    await objects.write(holding, Kind.PHOTO, 0, name, _pieces(size_bytes), size_bytes)
    return Stored(name, Kind.PHOTO, 0, size_bytes)


async def read(objects: SealedObjects, holding: Holding, stored: Stored) -> None:
    async with objects.reading(holding, stored, left_s=3600) as content:
        async for _ in content:
            pass


async def _pieces(size_bytes: int) -> AsyncIterator[bytes]:
    while size_bytes > 0:
        yield PIECE[:size_bytes]
        size_bytes -= PIECE_BYTES

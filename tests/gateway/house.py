"""A whole vault over real parts in a folder, with a clock that tests turn by hand."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine

from gateway.keeping import Keeper
from gateway.keys.file import FileKeyStore
from gateway.keys.store import KeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Clock, Database, connect
from gateway.retention.holdings import Holding, Kind, Terms
from gateway.retention.receipts import Signer
from gateway.storage.directory import DirectoryStore
from gateway.storage.store import Store
from gateway.vault import Vault

HOUR_S = 3600
TENANT = "tenant-a"
PHOTO = b"photo bytes of somebody " * 4_000

# One key for all tests, so that receipts of several lives of a vault belong together.
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


class HandClock:
    """The database's clock and the process's, in step."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self, tx: Connection) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def pass_s(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)


@dataclass(slots=True)
class House:
    """A vault and what stands behind it."""

    folder: Path
    clock: HandClock
    store: Store
    keys: KeyStore
    database: Database
    keeper: Keeper
    metrics: GatewayMetrics
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        self.vault = self.keeper.vault

    async def later(self, seconds: float) -> None:
        """Time passes, and the process is alive all the while."""
        self.clock.pass_s(seconds)
        await self.keeper.in_flight.beat()

    async def sweep(self) -> None:
        await self.keeper.sweeper.sweep()

    def objects(self) -> list[str]:
        return sorted(found.name for found in self.store.list())

    def key_ids(self) -> set[str]:
        return {entry.holding for entry in self.keys.entries()}


def build_house(
    folder: Path,
    clock: HandClock,
    *,
    database_clock: Clock | None = None,
    database_url: str | None = None,
    store: Callable[[Store], Store] = lambda store: store,
    keys: Callable[[KeyStore], KeyStore] = lambda keys: keys,
    terms: Terms | None = None,
    database: Callable[[Engine, Clock], Database] = Database,
    signer: Signer = SIGNER,
) -> House:
    """`store` and `keys` may put something in between."""
    folder.mkdir(exist_ok=True)
    jobs = database(connect(database_url or f"sqlite:///{folder / 'jobs.sqlite'}"), database_clock or clock)
    metrics = GatewayMetrics()
    kept_keys = keys(FileKeyStore(folder / "keys" / "keys.sqlite"))
    kept_store = store(DirectoryStore(folder / "objects"))
    keeper = Keeper(jobs, kept_keys, kept_store, signer, terms or Terms(), Threads(4), metrics, clock.monotonic)
    return House(folder, clock, kept_store, kept_keys, jobs, keeper, metrics)


@contextlib.asynccontextmanager
async def open_house(folder: Path, clock: HandClock | None = None, **options: object) -> AsyncIterator[House]:
    """Swept and ready, without background tasks: tests sweep and beat when they mean to."""
    house = build_house(folder, clock or HandClock(), **options)  # type: ignore[arg-type]
    try:
        await house.keeper.prepare()
        yield house
    finally:
        house.keeper.close()


async def upload(house: House, *, photos: int = 1, tenant: str = TENANT) -> Holding:
    async with house.vault.receiving(tenant) as holding:
        for index in range(photos):
            assert await house.vault.put(holding, Kind.PHOTO, index, PHOTO)
    return await house.vault.find(tenant, holding.id)


async def job(house: House, *, results: int = 1, tenant: str = TENANT) -> tuple[Holding, Holding]:
    """An adopted upload and its job, with results."""
    photos = await upload(house, tenant=tenant)
    running = await house.vault.adopt(tenant, photos.id)
    for index in range(results):
        assert await house.vault.put(running, Kind.RESULT, index, b"result %d" % index)
    return photos, running


async def read(house: House, holding: Holding, kind: Kind = Kind.PHOTO, index: int = 0) -> bytes:
    async with house.vault.reading(holding.tenant, holding.id, kind, index) as content:
        return await content.whole()

"""The vault with all that stands behind it: swept before it opens, kept until it closes."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

from gateway.keys.store import KeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.calls import Calls
from gateway.retention.chains import Receipts
from gateway.retention.database import Database, connect
from gateway.retention.duties import Duty
from gateway.retention.endings import Endings
from gateway.retention.erasure import Erasure
from gateway.retention.holdings import Terms, new_id
from gateway.retention.inflight import InFlight
from gateway.retention.ledger import Ledger
from gateway.retention.receipts import Signer, load_signer
from gateway.retention.settings import RetentionSettings
from gateway.retention.stores import open_keys, open_store
from gateway.retention.sweeper import Sweeper
from gateway.sealed import SealedObjects
from gateway.storage.store import Store
from gateway.vault import Vault
from likeness_wire.errors import LikenessError
from services.common.startup import StartupError

_CHECK_EVERY_S = 3600.0

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def keeping(settings: RetentionSettings, metrics: GatewayMetrics) -> AsyncIterator[Vault]:
    """A vault as the settings want it. StartupError where it would not keep its promise."""
    database = Database(connect(settings.job_database_url()))
    threads = Threads(settings.storage_threads)
    default_key = settings.data_dir / "receipts.pem"
    signer = load_signer(settings.receipt_key_file or default_key, create=settings.receipt_key_file is None)
    keeper = Keeper(database, open_keys(settings), open_store(settings), signer, settings.terms(), threads, metrics)
    try:
        async with keeper.at_work(settings.sweep_every_s):
            yield keeper.vault
    finally:
        keeper.close()


class Keeper:
    """Wires the parts together and keeps them going."""

    def __init__(
        self,
        database: Database,
        keys: KeyStore,
        store: Store,
        signer: Signer,
        terms: Terms,
        threads: Threads,
        metrics: GatewayMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keys = keys
        self._store = store
        self._threads = threads
        self._metrics = metrics
        process = new_id()
        ledger = Ledger(database, terms)
        receipts = self._receipts = Receipts(database, signer)
        endings = Endings(database, receipts)
        calls = Calls(database, ledger, process)
        erasure = Erasure(keys, store, endings, calls, threads, metrics)
        duty = Duty(database, "sweep", process)
        objects = SealedObjects(store, keys, threads, monotonic)
        self.in_flight = InFlight(calls, threads, monotonic)
        self.sweeper = Sweeper(database, endings, calls, erasure, keys, duty, threads, metrics)
        self.vault = Vault(ledger, keys, objects, self.in_flight, endings, receipts, erasure, threads)

    @contextlib.asynccontextmanager
    async def at_work(self, sweep_every_s: float) -> AsyncIterator[None]:
        """Inside, everything is swept and stays so."""
        await self.prepare()
        background = [
            asyncio.create_task(self.in_flight.keep_alive()),
            asyncio.create_task(self.sweeper.sweep_for_ever(sweep_every_s)),
            asyncio.create_task(self._check_for_ever()),
        ]
        try:
            yield
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def prepare(self) -> None:
        """Refuses what would keep deleted bytes, then sweeps."""
        try:
            await self._threads(self._check)
            await self._threads(self._database.create_tables)
            await self._threads(self._receipts.announce_key)
            await self.in_flight.beat()
            await self.sweeper.sweep_before_serving()
        except LikenessError as error:
            raise StartupError(error.message) from error

    def close(self) -> None:
        """Waits for threads, lets go of connections."""
        self._threads.close()
        self._store.close()
        self._keys.close()
        self._database.engine.dispose()

    def _check(self) -> None:
        self._store.check()
        self._keys.check()

    async def check_again(self) -> None:
        """A bucket may get versioning while we run: then no photo is taken in any more, and the rest is let go."""
        try:
            await self._threads(self._check)
        except StartupError:
            _log.error("the storage keeps what is deleted: no photo is taken in until that is changed")
            self.vault.takes_photos = False
        except LikenessError as error:
            _log.warning("the storage could not be checked", exc_info=error)
        else:
            self.vault.takes_photos = True
        self._metrics.misconfigured.set(not self.vault.takes_photos)

    async def _check_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            await self.check_again()

"""The sweep: whatever is past its time ends, whatever has ended is erased. Once before serving, then for ever."""

import asyncio
import contextlib
import logging
import time

from gateway.keys.store import KeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.calls import Calls
from gateway.retention.database import Database
from gateway.retention.duties import Duty
from gateway.retention.endings import Endings
from gateway.retention.erasure import Erasure, Outcome
from gateway.retention.inventory import take_inventory
from likeness_wire.errors import LikenessError
from services.common.startup import StartupError

_BATCH = 200

_log = logging.getLogger(__name__)


class Sweeper:
    """Every gateway has one; one of them at a time does the work."""

    def __init__(
        self,
        database: Database,
        endings: Endings,
        calls: Calls,
        erasure: Erasure,
        keys: KeyStore,
        duty: Duty,
        threads: Threads,
        metrics: GatewayMetrics,
    ) -> None:
        self._database = database
        self._endings = endings
        self._calls = calls
        self._erasure = erasure
        self._keys = keys
        self._duty = duty
        self._threads = threads
        self._metrics = metrics

    async def sweep_before_serving(self) -> None:
        """Refuses to start while a key past its deadline cannot be destroyed. Objects may wait: nothing opens them."""
        failed = await self.sweep()
        if failed.key_failures:
            raise StartupError("the key store does not let go of keys past their deadline")

    async def sweep(self) -> Outcome:
        """Everything that is due, once. What fails or waits stays due."""
        while await self._threads(self._endings.end_overdue, _BATCH):
            pass
        total, tried = Outcome(), set[str]()
        while batch := set(await self._threads(self._endings.to_erase, _BATCH)) - tried:
            outcome = await self._erasure.erase(batch)
            total.add(outcome)
            tried |= batch
        await self._threads(self._destroy_overdue_keys)
        await self._threads(self._keys.tidy)
        await self._threads(self._calls.forget_dead)
        return total

    async def sweep_for_ever(self, every_s: float) -> None:
        """Until cancelled. An error of a database only means later."""
        try:
            while True:
                await self._sweep_on_duty()
                await asyncio.sleep(every_s)
        finally:
            with contextlib.suppress(LikenessError):
                await self._threads(self._duty.lay_down)

    async def take_stock(self) -> None:
        """What the dashboard shows."""
        inventory = await self._threads(take_inventory, self._database)
        for kind, number in inventory.objects.items():
            self._metrics.objects.labels(kind).set(number)
        self._metrics.past_deadline.set(inventory.past_deadline)
        self._metrics.oldest.set(inventory.oldest_s)
        self._metrics.keys.set(await self._threads(self._keys.count))

    async def _sweep_on_duty(self) -> None:
        try:
            if await self._threads(self._duty.take):
                await self.sweep()
            await self.take_stock()
            self._metrics.swept.set(time.time())
        except Exception as error:
            _log.warning("a sweep did not go through", exc_info=error)

    def _destroy_overdue_keys(self) -> None:
        """Whatever became of the ledger, lost or restored: no key outlives the deadline it was made with."""
        if overdue := [entry.holding for entry in self._keys.entries(expired_by=self._database.now())]:
            self._keys.destroy(overdue)

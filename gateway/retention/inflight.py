"""Who is working with a holding right now, in every gateway.

A receipt says that nothing of a face is left, so it waits until every call that had some in its hands has ended. Calls
of a holding that ends are cancelled, wherever they run: each process asks the database about its own every second. A
process that dies counts for nothing once its lease has run out; one that merely cannot reach the database cancels its
own calls before that.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator

from gateway.offload import Threads
from gateway.retention.calls import LEASE_S, Calls
from gateway.retention.holdings import new_id
from gateway.retention.ledger import expired
from likeness_wire.errors import LikenessError

# A process that could not renew for so long stops by itself, well before others take it for dead.
_FENCE_S = LEASE_S * 2 / 3
_RENEW_S = LEASE_S / 6

_log = logging.getLogger(__name__)


class InFlight:
    """The calls of this process."""

    def __init__(self, calls: Calls, threads: Threads, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ledger = calls
        self._threads = threads
        self._monotonic = monotonic
        self._renewed = monotonic()
        self._calls: dict[str, _Call] = {}
        self._left: set[str] = set()

    @contextlib.asynccontextmanager
    async def call(self, tenant: str, holding: str) -> AsyncIterator[None]:
        """While inside, no receipt for the holding. If it ends, so does the block: NotFound with reason EXPIRED.

        A call within a call of the same holding is the same call: whoever reads ten objects is on record once.
        """
        if self._is_within(holding):
            yield
            return
        call = _Call(holding)
        self._calls[call.id] = call
        try:
            await self._threads(self._ledger.enter, call.id, tenant, holding)
            with call.cut_short(), _within(call):
                yield
        finally:
            del self._calls[call.id]
            self._left.add(call.id)
            with contextlib.suppress(LikenessError):  # the next beat tries again
                await self._leave()

    def cut(self, holdings: Collection[str]) -> None:
        """Cancels this process's calls of holdings that have ended."""
        for call in self._calls.values():
            if call.holding in holdings:
                call.cut()

    async def beat(self) -> None:
        """Renews the lease. Where it had run out, others may have gone on without these calls: they end."""
        began = self._monotonic()
        in_time = await self._threads(self._ledger.renew)
        self._renewed = began
        if not in_time:
            self.cut(self._holdings())
        await self.look()

    async def look(self) -> None:
        """Which holdings of these calls have ended elsewhere, or by the clock."""
        if self._calls:
            self.cut(await self._threads(self._ledger.over, self._holdings()))
        await self._leave()

    async def keep_alive(self, every_s: float = 1.0) -> None:
        """Looks and beats until cancelled, and watches that it comes through."""
        while True:
            due = self._monotonic() - self._renewed >= _RENEW_S
            tick = asyncio.ensure_future(self.beat() if due else self.look())
            try:
                while not (await asyncio.wait([tick], timeout=every_s))[0]:
                    self._fence()
            except asyncio.CancelledError:
                tick.cancel()
                await asyncio.wait([tick])
                raise
            if tick.exception() is not None:
                _log.warning("the job database could not be asked about calls", exc_info=tick.exception())
            self._fence()
            await asyncio.sleep(every_s)

    def _is_within(self, holding: str) -> bool:
        """Of a call that has ended, nothing that it left behind counts."""
        return any(call.holding == holding and call.id in self._calls for call in _calls.get())

    def _fence(self) -> None:
        if self._monotonic() - self._renewed > _FENCE_S:
            self.cut(self._holdings())

    def _holdings(self) -> set[str]:
        return {call.holding for call in self._calls.values()}

    async def _leave(self) -> None:
        if left := list(self._left):
            await self._threads(self._ledger.leave, left)
            self._left.difference_update(left)


@contextlib.contextmanager
def _within(call: "_Call") -> Iterator[None]:
    """Also for tasks that are begun inside: they end with the block, or are not within any more."""
    before = _calls.get()
    _calls.set((*before, call))
    try:
        yield
    finally:
        _calls.set(before)


class _Call:
    """One block of one task, which can be cut short from outside as `asyncio.timeout` would."""

    def __init__(self, holding: str) -> None:
        self.id = new_id()
        self.holding = holding
        self._task: asyncio.Task[object] | None = None
        self._is_cut = False

    def cut(self) -> None:
        if self._task is not None and not self._is_cut:
            self._is_cut = True
            self._task.cancel()

    @contextlib.contextmanager
    def cut_short(self) -> Iterator[None]:
        task = self._task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        cancelling = task.cancelling()
        try:
            yield
        except (asyncio.CancelledError, Exception):
            # Whatever the block made of it; unless it was cancelled by somebody else as well.
            if self._is_cut and task.uncancel() <= cancelling:
                raise expired() from None
            raise
        finally:
            self._task = None


_calls: contextvars.ContextVar[tuple[_Call, ...]] = contextvars.ContextVar("calls", default=())

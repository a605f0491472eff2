"""What stands between jobs and one service: how much is sent at once, whose turn it is, and what is sent again.

    generators = Dispatch("generator", places=8, metrics=metrics)
    picture = await generators.call(lambda: generate(options), tenant=step.tenant, priority=priority, repeatable=True)

Interactive calls go before all others; among equals tenants take turns, however much each has waiting. Who waits is
told when its deadline passes, not when its turn would have come.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from likeness_wire import hop
from likeness_wire.errors import LikenessError, OutOfTime
from likeness_wire.status import from_rpc_error
from services.common.admission import Clock, Priority

T = TypeVar("T")

# The service had not begun: whatever the call does, it did not.
_NOT_BEGUN = frozenset({reasons.REASON_QUEUE_FULL, reasons.REASON_STARTING, reasons.REASON_DRAINING})
# It may have begun: only what may be done twice is sent again.
_LOST = frozenset({reasons.REASON_PEER_UNAVAILABLE, reasons.REASON_WORKER_LOST})


@dataclass(slots=True)
class Waits:
    """How long calls inside a block waited for their turns."""

    seconds: float = 0.0


_waits: ContextVar[Waits | None] = ContextVar("waits", default=None)


@contextlib.contextmanager
def counted_waits() -> Iterator[Waits]:
    """For whoever wants to tell waiting here from what the service did."""
    waits = Waits()
    token = _waits.set(waits)
    try:
        yield waits
    finally:
        _waits.reset(token)


@dataclass(frozen=True, slots=True)
class Again:
    """How often a call is made, and the pauses between, doubling from the first to the longest."""

    attempts: int = 6
    first_pause_s: float = 0.25
    longest_pause_s: float = 10.0

    def pause_s(self, attempt: int, error: LikenessError) -> float:
        """After that many attempts; never sooner than the service asks for, and not all at the same moment."""
        pause_s = min(self.longest_pause_s, self.first_pause_s * 2.0 ** (attempt - 1))
        return max(error.retry_after_s or 0.0, pause_s) * random.uniform(1.0, 1.25)  # noqa: S311 - no secret


class Dispatch:
    """In front of one service. Everything happens on the loop that made it."""

    def __init__(
        self,
        service: str,
        *,
        places: int,
        metrics: GatewayMetrics,
        again: Again | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        """`places`: items that may be with the service at once. A larger call goes alone."""
        self.places = places
        self.in_flight = 0
        self._again = again or Again()
        self._clock = clock
        self._queues = [_Turns() for _ in Priority]
        self._waiting = [metrics.dispatch_waiting.labels(service, priority.name.lower()) for priority in Priority]
        self._sent = metrics.dispatch_in_flight.labels(service)
        self._waited = metrics.dispatch_seconds.labels(service)
        self._retries = {
            reason: metrics.dispatch_retries.labels(service, reasons.Reason.Name(reason)[len("REASON_") :].lower())
            for reason in _NOT_BEGUN | _LOST
        }

    def missed(self) -> None:
        """Work waits for a service that nobody can call: whoever wakes services or people up looks at this."""
        self._retries[reasons.REASON_PEER_UNAVAILABLE].inc()

    @property
    def waiting(self) -> int:
        """Items that wait."""
        return sum(queue.items for queue in self._queues)

    async def call(
        self,
        function: Callable[[], Awaitable[T]],
        *,
        tenant: str,
        priority: Priority = Priority.BATCH,
        items: int = 1,
        repeatable: bool,
    ) -> T:
        """What the function returns, once it is its turn. Failures of gRPC come out as errors of ours.

        It is called again where that is safe: after refusals before work began, and after losses in mid-work if the
        call is `repeatable`. The deadline of the present hop holds for all of it.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self._place(_Waiter(tenant, priority, items)):
                    return await _typed(function)
            except LikenessError as error:
                await self._pause(attempt, error, repeatable)

    async def _pause(self, attempt: int, error: LikenessError, repeatable: bool) -> None:
        """Raises the error where no further attempt is made. The place is others' meanwhile."""
        may = error.reason in _NOT_BEGUN or (repeatable and error.reason in _LOST)
        pause_s = self._again.pause_s(attempt, error)
        left_s = hop.remaining_s()
        if not may or attempt >= self._again.attempts or (left_s is not None and pause_s >= left_s):
            raise error
        self._retries[error.reason].inc()
        await asyncio.sleep(pause_s)

    @contextlib.asynccontextmanager
    async def _place(self, waiter: "_Waiter") -> AsyncIterator[None]:
        await self._turn(waiter)
        try:
            yield
        finally:
            self._count_sent(-waiter.items)
            self._advance()

    async def _turn(self, waiter: "_Waiter") -> None:
        began = self._clock()
        self._queues[waiter.priority].add(waiter)
        self._waiting[waiter.priority].inc(waiter.items)
        self._advance()
        try:
            async with asyncio.timeout(hop.remaining_s()):
                await waiter.granted.wait()
        except TimeoutError:
            self._leave(waiter)
            raise OutOfTime(reasons.REASON_EXPIRED_WAITING, "the deadline passed while waiting") from None
        except BaseException:
            self._leave(waiter)
            raise
        waited = self._clock() - began
        self._waited.observe(waited)
        if (waits := _waits.get()) is not None:
            waits.seconds += waited

    def _advance(self) -> None:
        """Grants places while there are any. Who is next and does not fit is waited for: large calls starve nowhere."""
        while (waiter := self._next()) is not None and self._fits(waiter):
            self._queues[waiter.priority].take()
            self._waiting[waiter.priority].dec(waiter.items)
            self._count_sent(waiter.items)
            waiter.granted.set()

    def _next(self) -> "_Waiter | None":
        return next((queue.first for queue in self._queues if queue.first is not None), None)

    def _fits(self, waiter: "_Waiter") -> bool:
        return not self.in_flight or self.in_flight + waiter.items <= self.places

    def _leave(self, waiter: "_Waiter") -> None:
        """Without having used its place, if it had got one."""
        if waiter.granted.is_set():
            self._count_sent(-waiter.items)
        else:
            self._queues[waiter.priority].remove(waiter)
            self._waiting[waiter.priority].dec(waiter.items)
        self._advance()

    def _count_sent(self, change: int) -> None:
        self.in_flight += change
        self._sent.inc(change)


class _Waiter:
    """One call that waits for its turn."""

    def __init__(self, tenant: str, priority: Priority, items: int) -> None:
        self.tenant = tenant
        self.priority = priority
        self.items = items
        self.granted = asyncio.Event()


class _Turns:
    """Those of one priority: a queue for each tenant that has something waiting, and the order of their turns."""

    def __init__(self) -> None:
        self.items = 0
        self._by_tenant: dict[str, deque[_Waiter]] = {}

    @property
    def first(self) -> _Waiter | None:
        return next((queue[0] for queue in self._by_tenant.values()), None)

    def add(self, waiter: _Waiter) -> None:
        self._by_tenant.setdefault(waiter.tenant, deque()).append(waiter)
        self.items += waiter.items

    def take(self) -> None:
        """The first; its tenant goes to the end of the line."""
        tenant, queue = next(iter(self._by_tenant.items()))
        self.items -= queue.popleft().items
        del self._by_tenant[tenant]
        if queue:
            self._by_tenant[tenant] = queue

    def remove(self, waiter: _Waiter) -> None:
        queue = self._by_tenant[waiter.tenant]
        queue.remove(waiter)
        self.items -= waiter.items
        if not queue:
            del self._by_tenant[waiter.tenant]


async def _typed(function: Callable[[], Awaitable[T]]) -> T:
    try:
        return await function()
    except AioRpcError as failure:
        raise from_rpc_error(failure) from None

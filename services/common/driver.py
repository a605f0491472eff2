"""Between the event loop and an engine that works in turns: brings calls in between two of them, and carries events
out as they happen.

The engine pulls: it is only given a call when it has a place for it, so whatever waits, waits in Admission, where it
can expire, be counted and be refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled
from likeness_wire.hop import remaining_s
from services.common.admission import Admission, Priority, Stop, Ticket
from services.common.worker import Worker


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a call. With an error, the call as a whole failed."""

    error: Exception | None = None


class Pulled(Protocol):
    """A call as the driver sees it."""

    stop: Stop
    undelivered: int
    """Pictures that were emitted and have not reached the caller."""

    @property
    def items(self) -> int:
        """Places that it takes in the queue."""


C = TypeVar("C", bound=Pulled)
C_contra = TypeVar("C_contra", bound=Pulled, contravariant=True)
E = TypeVar("E")

Emit = Callable[[E], None]


class Engine(Protocol[C_contra]):
    """Works on one thread."""

    def admit(self, call: C_contra) -> None:
        """Takes a call. It is worked on by later ticks until it has emitted `Ended`, or its `stop` is set."""

    def tick(self) -> bool:
        """One bounded piece of work. False: there is nothing to do until something changes."""


class Visit(Generic[C, E]):
    """One call as its servicer sees it: events to read, and a ticket that knows how long it waited."""

    def __init__(
        self,
        ticket: Ticket[C],
        ahead: int,
        estimate_s: float | None,
        items_done: Callable[[C, E], int],
        wake: Callable[[], None],
    ) -> None:
        self.ticket = ticket
        self.ahead = ahead
        self.estimate_s = estimate_s
        self._items_done = items_done
        self._wake = wake
        self._events: asyncio.Queue[E | Ended] = asyncio.Queue()
        ticket.future.add_done_callback(self._settled)

    async def events(self) -> AsyncIterator[E]:
        """Everything that happens, until it has ended. Raises what the call failed of."""
        while not isinstance(event := await self._events.get(), Ended):
            yield event
            if self._items_done(self.ticket.work, event):
                self.ticket.work.undelivered -= 1
                self._wake()
        if event.error is not None:
            raise event.error

    def cancel(self) -> None:
        """Frees its place, or what it has of the device before the next turn. Repeating is harmless."""
        self.ticket.cancel()
        self._wake()

    def hear(self, event: E | Ended) -> None:
        """On the loop."""
        self._events.put_nowait(event)

    def _settled(self, future: "asyncio.Future[object]") -> None:
        """The ticket failed while it waited: cancelled, expired, or handed back."""
        if future.cancelled():
            self.hear(Ended(Cancelled(reasons.REASON_CANCELLED, "stopped on request")))
        elif isinstance(error := future.exception(), Exception):
            self.hear(Ended(error))


class Driver(Generic[C, E]):
    """One engine on one worker. `serve` is the loop that keeps it busy; run it as a task."""

    def __init__(
        self,
        engine: Engine[C],
        worker: Worker,
        admission: Admission[C],
        items_done: Callable[[C, E], int],
        *,
        calls: int,
        measure: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`items_done`: those of a picture that the event brings, 0 for all other events. `calls` that are not urgent
        are inside at a time, and as many urgent ones beside them. `measure` is told the seconds of every turn.
        """
        self._engine = engine
        self._worker = worker
        self._admission = admission
        self._items_done = items_done
        self._calls = calls
        self._measure = measure
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._inside: dict[C, Visit[C, E]] = {}
        self._visits: dict[Ticket[C], Visit[C, E]] = {}
        self._busy_s = 0.0
        self._items = 0

    def visit(self, make: Callable[[Emit[E]], C], priority: Priority) -> Visit[C, E]:
        """A place for the call that `make` makes, or Exhausted with a retry hint."""
        call: C = make(lambda event: self._emit(call, event))
        ahead, estimate_s = self._admission.waiting_items, self._admission.wait_estimate_s(call.items)
        ticket = self._admission.admit(call, priority=priority, items=call.items, timeout_s=remaining_s())
        call.stop = ticket.stop
        visit = self._visits[ticket] = Visit(ticket, ahead, estimate_s, self._items_done, self._wake.set)
        ticket.future.add_done_callback(lambda _: self._visits.pop(ticket, None))
        self._wake.set()
        return visit

    async def serve(self) -> None:
        """Takes, works, sleeps when there is nothing to do, until cancelled."""
        while True:
            self._wake.clear()
            arrived = self._take()
            if not await self._worker.run(self._turn, arrived):
                await self._wake.wait()

    def _take(self) -> list[C]:
        arrived = []
        while ticket := self._next():
            arrived.append(ticket.work)
            self._inside[ticket.work] = self._visits[ticket]
        return arrived

    def _next(self) -> Ticket[C] | None:
        room = len(self._inside)
        if room >= 2 * self._calls:
            return None
        lowest = Priority.BATCH if room < self._calls else Priority.INTERACTIVE
        return next(iter(self._admission.take(lowest=lowest)), None)

    def _turn(self, arrived: list[C]) -> bool:
        """On the worker's thread."""
        for call in arrived:
            self._engine.admit(call)
        began = perf_counter()
        working = self._engine.tick()
        if working:
            seconds = perf_counter() - began
            self._busy_s += seconds
            self._measure(seconds)
        return working

    def _emit(self, call: C, event: E) -> None:
        """On any thread."""
        self._loop.call_soon_threadsafe(self._hear, call, event)

    def _hear(self, call: C, event: E) -> None:
        visit = self._inside[call]
        self._items += self._items_done(call, event)
        if isinstance(event, Ended):
            del self._inside[call]
            self._admission.finish(visit.ticket, self._seconds_an_item())
            self._wake.set()
        visit.hear(event)
        if isinstance(event, Ended):
            visit.ticket.succeed(None)

    def _seconds_an_item(self) -> float | None:
        """Of the device's time since this was asked last. None if it has finished none."""
        if not self._items:
            return None
        seconds, self._busy_s, items, self._items = self._busy_s, 0.0, self._items, 0
        return seconds / items


class Steps:
    """Visits by their callers' own step ids: a second call for the same step ends the first."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit[Any, Any]] = {}

    @contextmanager
    def held(self, visit: Visit[Any, Any], step_id: str) -> Iterator[None]:
        """While its answer is read. Without an id it ends no other."""
        if step_id:
            if before := self._visits.get(step_id):
                before.cancel()
            self._visits[step_id] = visit
        try:
            yield
        finally:
            visit.cancel()
            if self._visits.get(step_id) is visit:
                del self._visits[step_id]

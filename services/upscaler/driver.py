"""Between the event loop and the workshop: brings calls in between batches, and carries events out as they happen.

The workshop pulls: it is only given a call when it has a place for it, so whatever waits, waits in Admission, where it
can expire, be counted and be refused.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import perf_counter

from likeness_wire.hop import remaining_s
from services.common.admission import Admission, Priority, Ticket
from services.common.worker import Worker
from services.upscaler.calls import Call, Ended, Enlarged, Event, items_of
from services.upscaler.enlargement import Order
from services.upscaler.workshop import Workshop


class Visit:
    """One call as its servicer sees it: events to read, and a ticket that knows how long it waited."""

    def __init__(self, ticket: Ticket[Call], ahead: int, estimate_s: float | None, wake: Callable[[], None]) -> None:
        self.ticket = ticket
        self.ahead = ahead
        self.estimate_s = estimate_s
        self._wake = wake
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        ticket.future.add_done_callback(self._settled)

    async def events(self) -> AsyncIterator[Event]:
        """Everything that happens, until it has ended. Raises what the call failed of."""
        while not isinstance(event := await self._events.get(), Ended):
            yield event
            if isinstance(event, Enlarged):
                self.ticket.work.undelivered -= 1
                self._wake()
        if event.error is not None:
            raise event.error

    def cancel(self) -> None:
        """Frees its place, or its tiles before the next batch. Repeating is harmless."""
        self.ticket.cancel()
        self._wake()

    def hear(self, event: Event) -> None:
        """On the loop."""
        self._events.put_nowait(event)

    def _settled(self, future: "asyncio.Future[object]") -> None:
        """The ticket failed while it waited: expired, handed back, or cancelled."""
        if not future.cancelled() and isinstance(error := future.exception(), Exception):
            self.hear(Ended(error))


class Driver:
    """One workshop on one worker. `serve` is the loop that keeps it busy; run it as a task."""

    def __init__(
        self,
        workshop: Workshop,
        worker: Worker,
        admission: Admission[Call],
        *,
        calls: int,
        measure: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """`calls` that are not urgent are inside at a time, and as many urgent ones beside them. `measure` is told the
        seconds of every turn.
        """
        self._workshop = workshop
        self._worker = worker
        self._admission = admission
        self._calls = calls
        self._measure = measure
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._inside: dict[Call, Visit] = {}
        self._visits: dict[Ticket[Call], Visit] = {}
        self._busy_s = 0.0
        self._items = 0

    def visit(self, orders: dict[int, Order], priority: Priority) -> Visit:
        """A place for the pictures, or Exhausted with a retry hint."""
        call = Call(orders, lambda event: self._emit(call, event), urgent=priority is Priority.INTERACTIVE)
        ahead, estimate_s = self._admission.waiting_items, self._admission.wait_estimate_s(call.items)
        ticket = self._admission.admit(call, priority=priority, items=call.items, timeout_s=remaining_s())
        call.stop = ticket.stop
        visit = self._visits[ticket] = Visit(ticket, ahead, estimate_s, self._wake.set)
        ticket.future.add_done_callback(lambda _: self._visits.pop(ticket, None))
        self._wake.set()
        return visit

    async def serve(self) -> None:
        """Takes, turns, sleeps when there is nothing to do, until cancelled."""
        while True:
            self._wake.clear()
            arrived = self._take()
            if not await self._worker.run(self._turn, arrived):
                await self._wake.wait()

    def _take(self) -> list[Call]:
        arrived = []
        while ticket := self._next():
            arrived.append(ticket.work)
            self._inside[ticket.work] = self._visits[ticket]
        return arrived

    def _next(self) -> Ticket[Call] | None:
        room = len(self._inside)
        if room >= 2 * self._calls:
            return None
        lowest = Priority.BATCH if room < self._calls else Priority.INTERACTIVE
        return next(iter(self._admission.take(lowest=lowest)), None)

    def _turn(self, arrived: list[Call]) -> bool:
        """On the worker's thread."""
        for call in arrived:
            self._workshop.admit(call)
        began = perf_counter()
        working = self._workshop.turn()
        if working:
            seconds = perf_counter() - began
            self._busy_s += seconds
            self._measure(seconds)
        return working

    def _emit(self, call: Call, event: Event) -> None:
        """On any thread."""
        self._loop.call_soon_threadsafe(self._hear, call, event)

    def _hear(self, call: Call, event: Event) -> None:
        visit = self._inside[call]
        if isinstance(event, Enlarged):
            self._items += items_of(call.orders[event.picture])
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

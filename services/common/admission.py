"""The bounded queue in front of a device: who gets in, in which order, and for how long they may wait.

It is all bookkeeping on the event loop. Whoever owns the device takes tickets out: a `Lane` for models that answer call
by call, the generator's engine at its step boundaries. Calls that cannot be served are refused at once, with the time
after which a retry makes sense; calls that wait too long are told by a timer, not when their turn would have come.
"""

import asyncio
import enum
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled, Exhausted, LikenessError, OutOfTime, Unavailable
from services.common.metrics import REJECTIONS, ShellMetrics

W = TypeVar("W")

Clock = Callable[[], float]

# Until an item has been measured, the honest answer to "when?" is "soon".
_UNMEASURED_RETRY_S = 1.0
_SHORTEST_RETRY_S = 0.05
# Weight of the newest item in the running mean of service time: follows a change within about ten items.
_NEWEST = 0.2


class Priority(enum.IntEnum):
    """Someone is looking at a spinner, or not. Interactive goes first, always."""

    INTERACTIVE = 0
    BATCH = 1


class Stop:
    """Set when nobody wants the result any more. Long work asks between steps; setting it crosses threads."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def __bool__(self) -> bool:
        return self._set

    def check(self) -> None:
        """Ends the work with Cancelled, if nobody wants it."""
        if self:
            raise Cancelled(reasons.REASON_CANCELLED, "stopped on request")


class Ticket(Generic[W]):
    """One admitted piece of work, from the queue to its result."""

    def __init__(self, admission: "Admission[W]", work: W, priority: Priority, items: int, now: float) -> None:
        self.work = work
        self.priority = priority
        self.items = items
        self.admitted_at = now
        self.waits = True
        self.taken_at: float | None = None
        self.finished_at: float | None = None
        self.stop = Stop()
        self.future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None
        self._admission = admission

    @property
    def waited_s(self) -> float:
        """Seconds between admission and being taken."""
        return 0.0 if self.taken_at is None else self.taken_at - self.admitted_at

    @property
    def executed_s(self) -> float:
        """Seconds between being taken and finished, shared with whatever ran in the same batch."""
        return 0.0 if self.taken_at is None or self.finished_at is None else self.finished_at - self.taken_at

    def cancel(self) -> None:
        """Frees the place if it waits still, and tells the work to stop if it has begun. Repeating is harmless."""
        self.stop.set()
        self._admission._give_up(self, None)

    def succeed(self, result: object) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Admission(Generic[W]):
    """Holds at most `places` waiting items. Everything happens on the loop that made it."""

    def __init__(self, name: str, *, places: int, metrics: ShellMetrics, clock: Clock = time.monotonic) -> None:
        self.name = name
        self.places = places
        self.waiting_items = 0
        self.items_in_flight = 0
        self._clock = clock
        self._queues: tuple[deque[Ticket[W]], ...] = tuple(deque() for _ in Priority)
        self._arrival = asyncio.Event()
        self._closed = False
        self._item_s: float | None = None
        self._waited = metrics.queue_seconds.labels(name)
        self._waiting_by_priority = [0 for _ in Priority]
        self._rejected = {reason: metrics.rejected.labels(name, reason) for reason in REJECTIONS}
        # Counted here already; a scrape reads it.
        metrics.items_in_flight.labels(name).set_function(lambda: self.items_in_flight)
        for priority in Priority:
            depth = metrics.queue_depth.labels(name, priority.name.lower())
            depth.set_function(partial(self._waiting_by_priority.__getitem__, priority))

    def admit(
        self, work: W, *, priority: Priority = Priority.BATCH, items: int = 1, timeout_s: float | None = None
    ) -> Ticket[W]:
        """A place in the queue, or Exhausted with a retry hint. `timeout_s` is what is left of the call's deadline."""
        self._refuse_if_hopeless(items, timeout_s)
        ticket = Ticket(self, work, priority, items, self._clock())
        if timeout_s is not None:
            ticket.timer = asyncio.get_running_loop().call_later(timeout_s, self._expire, ticket)
        self._queues[priority].append(ticket)
        self._count_waiting(ticket, +items)
        self._arrival.set()
        return ticket

    async def arrival(self) -> None:
        """Returns once something waits."""
        while not self.waiting_items:
            self._arrival.clear()
            await self._arrival.wait()

    def take(self, max_items: int = 1, *, lowest: Priority = Priority.BATCH) -> list[Ticket[W]]:
        """The next tickets, interactive first, of at most `max_items` items together; the first may be larger alone.
        `lowest` leaves those of less priority waiting.
        """
        taken: list[Ticket[W]] = []
        room = max_items
        for queue in self._queues[: lowest + 1]:
            while queue and (queue[0].items <= room or not taken):
                ticket = queue.popleft()
                room -= ticket.items
                taken.append(self._begun(ticket))
        return taken

    def finish(self, ticket: Ticket[W], seconds_per_item: float | None = None) -> None:
        """The work of a taken ticket has ended; what it took becomes the next callers' estimate."""
        ticket.finished_at = self._clock()
        self.items_in_flight -= ticket.items
        if seconds_per_item is not None:
            before = seconds_per_item if self._item_s is None else self._item_s
            self._item_s = before + _NEWEST * (seconds_per_item - before)

    def wait_estimate_s(self, items: int = 0) -> float | None:
        """How long until work admitted now would be done. None before the first measurement."""
        if self._item_s is None:
            return None
        return (self.waiting_items + self.items_in_flight + items) * self._item_s

    def close(self) -> None:
        """Hands everything that waits back to its caller, who may try another replica, and refuses the rest."""
        self._closed = True
        for queue in self._queues:
            for ticket in tuple(queue):
                self._rejected["draining"].inc()
                self._give_up(ticket, _draining())

    def _refuse_if_hopeless(self, items: int, timeout_s: float | None) -> None:
        if self._closed:
            self._rejected["draining"].inc()
            raise _draining()
        # An idle device takes anything: the bound is on waiting, and a stale estimate heals only by measuring again.
        if not self.waiting_items and not self.items_in_flight:
            return
        if self.waiting_items + items > self.places:
            self._rejected["queue_full"].inc()
            raise Exhausted(reasons.REASON_QUEUE_FULL, "all places are taken", retry_after_s=self._retry_after_s(items))
        estimate_s = self.wait_estimate_s(items)
        if timeout_s is not None and estimate_s is not None and estimate_s > timeout_s:
            self._rejected["deadline_hopeless"].inc()
            raise Exhausted(
                reasons.REASON_DEADLINE_HOPELESS,
                "the deadline would pass before the work is done",
                retry_after_s=max(_SHORTEST_RETRY_S, estimate_s - timeout_s),
                estimate_s=f"{estimate_s:.3f}",
            )

    def _retry_after_s(self, items: int) -> float:
        if self._item_s is None:
            return _UNMEASURED_RETRY_S
        missing_places = self.waiting_items + items - self.places
        return max(_SHORTEST_RETRY_S, missing_places * self._item_s)

    def _begun(self, ticket: Ticket[W]) -> Ticket[W]:
        ticket.taken_at, ticket.waits = self._clock(), False
        if ticket.timer is not None:
            ticket.timer.cancel()
        self._count_waiting(ticket, -ticket.items)
        self.items_in_flight += ticket.items
        self._waited.observe(ticket.waited_s)
        return ticket

    def _expire(self, ticket: Ticket[W]) -> None:
        self._rejected["expired_waiting"].inc()
        self._give_up(ticket, OutOfTime(reasons.REASON_EXPIRED_WAITING, "the deadline passed while waiting"))

    def _give_up(self, ticket: Ticket[W], error: LikenessError | None) -> None:
        # Not whether the future is done: cancelling the task that awaits it has cancelled it already.
        if not ticket.waits:
            return
        ticket.waits = False
        if ticket.timer is not None:
            ticket.timer.cancel()
        self._queues[ticket.priority].remove(ticket)
        self._count_waiting(ticket, -ticket.items)
        if error is None:
            ticket.future.cancel()
        else:
            ticket.fail(error)

    def _count_waiting(self, ticket: Ticket[W], change: int) -> None:
        self.waiting_items += change
        self._waiting_by_priority[ticket.priority] += change


def _draining() -> Unavailable:
    return Unavailable(reasons.REASON_DRAINING, "this replica is about to stop")

"""Lets calls in, a few at once: whoever is in may use the queues behind, and is not turned away half-way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from likeness_wire.hop import remaining_s
from services.common.admission import Admission, Priority, Ticket


class Turn:
    """One call's place, from being admitted to leaving."""

    def __init__(self, ticket: Ticket[None], ahead: int, estimate_s: float | None) -> None:
        self.ahead = ahead
        """Calls that waited before it when it came."""
        self.estimate_s = estimate_s
        """When it should be done. None while nothing has been measured."""
        self.began: float | None = None
        self._ticket = ticket

    @property
    def waited_s(self) -> float:
        return self._ticket.waited_s

    async def comes(self) -> None:
        """Returns inside. OutOfTime where the deadline passes before."""
        await self._ticket.future
        self.began = time.monotonic()


class Turnstile:
    """`at_once` calls are inside; others wait in the admission, which refuses, expires and estimates."""

    def __init__(self, admission: Admission[None], at_once: int) -> None:
        self._admission = admission
        self._at_once = at_once
        self._free = asyncio.Semaphore(at_once)

    async def serve(self) -> None:
        """Lets the next one in whenever one has left, until cancelled."""
        while True:
            await self._free.acquire()
            await self._admission.arrival()
            for ticket in self._admission.take():
                ticket.succeed(None)

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[Turn]:
        """A place; Exhausted where too many wait. Leaving the block gives it back, whether or not the turn came."""
        ahead = self._admission.waiting_items
        ticket = self._admission.admit(None, priority=priority, timeout_s=remaining_s())
        turn = Turn(ticket, ahead, self._admission.wait_estimate_s())
        try:
            yield turn
        finally:
            ticket.cancel()
            if ticket.taken_at is not None:
                seconds = None if turn.began is None else (time.monotonic() - turn.began) / self._at_once
                self._admission.finish(ticket, seconds)
                self._free.release()

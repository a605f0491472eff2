"""Lets calls in, a few at once: whoever is in may use the queues behind, and is not turned away half-way."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from likeness_wire.hop import remaining_s
from services.common.admission import Admission, Priority, Ticket


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
    async def turn(self, priority: Priority) -> AsyncIterator[Ticket[None]]:
        """Inside, once it is this call's turn. Exhausted where too many wait."""
        ticket = self._admission.admit(None, priority=priority, timeout_s=remaining_s())
        began = None
        try:
            await ticket.future
            began = time.monotonic()
            yield ticket
        finally:
            ticket.cancel()
            if ticket.taken_at is not None:
                # A call that was given up while it was let in has taken its place nevertheless.
                seconds = None if began is None else (time.monotonic() - began) / self._at_once
                self._admission.finish(ticket, seconds)
                self._free.release()

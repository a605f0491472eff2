"""Admission in front of a Worker: calls go in one by one, and leave in batches where the model can use them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

from likeness_wire.errors import DeviceLost
from likeness_wire.hop import remaining_s
from services.common.admission import Admission, Priority, Stop, Ticket
from services.common.metrics import ShellMetrics
from services.common.worker import Worker

W = TypeVar("W")
R = TypeVar("R")

# One result per work, in order. An exception among the results fails that work alone. `stop` is true once every caller
# of the batch has gone.
Model = Callable[[Sequence[W], Stop], Sequence[R | BaseException]]


class Lane(Generic[W, R]):
    """One model, one worker, one queue. `serve` is the loop that keeps the worker busy; run it as a task."""

    def __init__(
        self,
        model: Model[W, R],
        worker: Worker,
        admission: Admission[W],
        metrics: ShellMetrics,
        *,
        max_items: int = 1,
        delay_s: float = 0.0,
    ) -> None:
        self.admission = admission
        self._model = model
        self._worker = worker
        self._max_items = max_items
        self._delay_s = delay_s
        self._seconds = metrics.execute_seconds.labels(admission.name)
        self._batch_items = metrics.batch_items.labels(admission.name)

    async def run(self, work: W, *, priority: Priority = Priority.BATCH, items: int = 1) -> tuple[R, Ticket[W]]:
        """The result, and the ticket that knows how long it waited. Cancelling frees the place, or stops the work."""
        ticket = self.admission.admit(work, priority=priority, items=items, timeout_s=remaining_s())
        try:
            return cast(R, await ticket.future), ticket
        finally:
            ticket.cancel()

    async def serve(self) -> None:
        """Takes, runs, settles, until cancelled."""
        while True:
            await self.admission.arrival()
            if self._delay_s and self.admission.waiting_items < self._max_items:
                await asyncio.sleep(self._delay_s)
            if batch := self.admission.take(self._max_items):
                await self._run(batch)

    async def _run(self, batch: list[Ticket[W]]) -> None:
        items = sum(ticket.items for ticket in batch)
        began = time.monotonic()
        try:
            results = await self._results(batch)
        finally:
            seconds = time.monotonic() - began
            for ticket in batch:
                self.admission.finish(ticket, seconds / items)
        self._seconds.observe(seconds)
        self._batch_items.observe(items)
        for ticket, result in zip(batch, results, strict=True):
            if isinstance(result, BaseException):
                ticket.fail(result)
            else:
                ticket.succeed(result)

    async def _results(self, batch: list[Ticket[W]]) -> Sequence[R | BaseException]:
        try:
            return await self._worker.run(self._model, [ticket.work for ticket in batch], _Everyone(batch))
        except DeviceLost as error:
            return [error] * len(batch)
        except Exception as error:
            if len(batch) == 1:
                return [error]
            # One bad item must not fail the calls it happened to be batched with.
            return [(await self._results([ticket]))[0] for ticket in batch]


class _Everyone(Stop):
    """True once all callers of a batch have gone."""

    def __init__(self, batch: Sequence[Ticket[W]]) -> None:
        super().__init__()
        self._stops = [ticket.stop for ticket in batch]

    def __bool__(self) -> bool:
        return all(self._stops)

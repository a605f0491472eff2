"""Streams that follow a job: never silent for long, and over at once when the process is told to stop."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TypeVar

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.event_pb2 import Alive, JobEvent
from likeness.gateway.v1.gateway_pb2 import WatchJobResponse

from gateway.api.expiry import instant, span
from likeness_wire.errors import Unavailable

T = TypeVar("T")

_END = object()


class Watchers:
    """All such streams of this process."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._closed = asyncio.Event()

    def close(self) -> None:
        """They end with DRAINING, and their callers go on elsewhere from the last offset."""
        self._closed.set()

    async def follow(self, parts: AsyncGenerator[T, None], alive: Callable[[], T]) -> AsyncIterator[T]:
        """The parts, and a sign of life wherever none came for a while."""
        closed = asyncio.ensure_future(self._closed.wait())
        coming = asyncio.ensure_future(_next(parts))
        try:
            while True:
                await asyncio.wait((coming, closed), timeout=self._every_s, return_when=asyncio.FIRST_COMPLETED)
                if coming.done():
                    part = coming.result()
                    if part is _END:
                        return
                    yield part  # type: ignore[misc] # not the end, so it is one
                    coming = asyncio.ensure_future(_next(parts))
                elif closed.done():
                    message = "this gateway is about to stop; go on with the last offset"
                    raise Unavailable(reasons.REASON_DRAINING, message, retry_after_s=0.1)
                else:
                    yield alive()
        finally:
            coming.cancel()
            closed.cancel()
            await asyncio.gather(coming, closed, return_exceptions=True)
            await parts.aclose()


class Pulse:
    """What a sign of life says, from what was heard before."""

    def __init__(self, offset: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._offset = offset
        self._monotonic = monotonic
        self._end: float | None = None

    def hear(self, event: JobEvent) -> None:
        self._offset = event.offset
        told = event.state.progress if event.HasField("state") else event.step
        if event.WhichOneof("event") in ("state", "step"):
            self._end = self._monotonic() + told.estimate.ToNanoseconds() / 1e9 if told.HasField("estimate") else None

    def beat(self, now_ms: int) -> WatchJobResponse:
        alive = Alive()
        if self._end is not None:
            alive.estimate.CopyFrom(span(max(0.0, self._end - self._monotonic())))
        return WatchJobResponse(event=JobEvent(offset=self._offset, time=instant(now_ms), alive=alive))


async def _next(parts: AsyncGenerator[T, None]) -> object:
    return await anext(parts, _END)

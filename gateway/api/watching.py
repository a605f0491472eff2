"""Streams that follow a job end at once when the process is told to stop: they would outlast any grace."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.gateway_pb2 import WatchJobRequest, WatchJobResponse

from gateway import names
from gateway.pipeline.album import Album
from gateway.vault import Vault
from likeness_wire.errors import Unavailable

T = TypeVar("T")

_END = object()


class Watching:
    """All such streams of this process."""

    def __init__(self, vault: Vault, album: Album) -> None:
        self._vault = vault
        self._album = album
        self._closed = asyncio.Event()

    def close(self) -> None:
        """They end with DRAINING, and their callers go on elsewhere from the last offset."""
        self._closed.set()

    async def watch(self, tenant: str, request: WatchJobRequest) -> AsyncGenerator[WatchJobResponse, None]:
        """What is sent may show a face, so the job is not gone before the stream is."""
        job = names.job_id(request.name, tenant)
        async with self._vault.in_flight(tenant, job):
            parts = self._album.watch(tenant, job, request.offset, previews=request.previews)
            async with aclosing(self._until_closed(parts)) as coming:
                async for part in coming:
                    yield part

    async def _until_closed(self, parts: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        closed = asyncio.ensure_future(self._closed.wait())
        coming = asyncio.ensure_future(_next(parts))
        try:
            while True:
                await asyncio.wait((coming, closed), return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    message = "this gateway is about to stop; go on from the last offset"
                    raise Unavailable(reasons.REASON_DRAINING, message, retry_after_s=0.1)
                if (part := coming.result()) is _END:
                    return
                yield part  # type: ignore[misc] # not the end, so it is one
                coming = asyncio.ensure_future(_next(parts))
        finally:
            for task in (coming, closed):
                task.cancel()
            await asyncio.gather(coming, closed, return_exceptions=True)
            await parts.aclose()


async def _next(parts: AsyncGenerator[T, None]) -> object:
    return await anext(parts, _END)

"""Bodies of requests as they come: bounded, paced, and never longer in memory than they have to be."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from likeness.common.v1 import reason_pb2 as reasons
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from gateway.http.calls import CallerGone
from gateway.http.refusals import too_large
from likeness_wire.errors import OutOfTime

JSON_BYTES = 256 * 1024
# A request in JSON is here at once, or never will be.
_SMALL_S = 20.0
# What is still read of a body whose call has been refused: who sends reads the answer only afterwards.
_WASTED_BYTES = 80_000_000
_WASTED_S = 10.0
_PAUSE_S = 0.5


async def pieces(request: Request, silence_s: float) -> AsyncIterator[bytes]:
    """As they come. STREAM_STALLED where none does for too long."""
    coming = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(silence_s):
                piece = await anext(coming)
        except StopAsyncIteration:
            return
        except ClientDisconnect:
            raise CallerGone from None
        except TimeoutError:
            raise OutOfTime(reasons.REASON_STREAM_STALLED, f"nothing came for {silence_s:g} s") from None
        if piece:
            yield piece


async def small(request: Request, limit: int = JSON_BYTES) -> bytes:
    """All of it."""
    body, deadline = bytearray(), time.monotonic() + _SMALL_S
    async for piece in pieces(request, _SMALL_S):
        body += piece
        if len(body) > limit:
            raise too_large(limit)
        if time.monotonic() > deadline:
            raise OutOfTime(reasons.REASON_STREAM_STALLED, f"the body took longer than {_SMALL_S:g} s")
    return bytes(body)


class Arriving:
    """A body on its way. Stands where ASGI's `receive` does, and knows how far it is."""

    def __init__(self, receive: Receive, headers: Headers) -> None:
        self._receive = receive
        # Who waits to be asked for the body has not sent it.
        self._asked = "expect" not in headers
        self._ended = False

    async def __call__(self) -> Message:
        self._asked = True
        message = await self._receive()
        self._ended = self._ended or not message.get("more_body")
        return message

    async def wasted(self) -> bool:
        """Reads what still comes, up to a point: an answer to a body that is still being sent is mostly lost. Whether
        all of it has come.
        """
        began, wasted = time.monotonic(), 0
        with suppress(TimeoutError):
            while self._asked and not self._ended and wasted < _WASTED_BYTES and time.monotonic() - began < _WASTED_S:
                async with asyncio.timeout(_PAUSE_S):
                    wasted += len((await self()).get("body", b""))
        return self._ended

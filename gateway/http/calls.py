"""The API's own calls, made by this process to itself: what comes in by HTTP goes through the same door as all else.

grpc.aio forwards neither deadlines nor a caller that goes away; both are done here.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from starlette.requests import Request

from gateway.api.refusals import invalid
from gateway.http.methods import METHODS
from gateway.tenants.origin import forwarded
from likeness_wire.channels import MESSAGE_LIMIT_BYTES
from likeness_wire.early_status import with_true_status

TIMEOUT = "x-likeness-timeout"

# What calls carry on. Of credentials there may be too many, which the door has to see.
_CARRIED = ("authorization", "traceparent", "tracestate")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_SECONDS = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,9})?)s?")
_UNREADABLE = "?"
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT_BYTES),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


class CallerGone(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What goes with a call."""

    metadata: tuple[tuple[str, str], ...]
    timeout_s: float | None


def terms_of(request: Request, usual_s: float | None) -> Terms:
    """INVALID_FIELD for a timeout that is none."""
    here = forwarded(request.client.host if request.client else "")
    carried = [(name, value) for name in _CARRIED for value in request.headers.getlist(name)]
    asked = request.headers.get(TIMEOUT)
    return Terms(
        (here, *((name, _readable(value)) for name, value in carried)), usual_s if asked is None else _seconds(asked)
    )


class Calls:
    """Lives as long as its channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._callables = {name: method.on(channel) for name, method in METHODS.items()}

    def start(self, rpc: str, message: Message | None, terms: Terms) -> Any:
        """The call, begun. Without a message: one that its caller writes to."""
        asked = () if message is None else (message,)
        return self._callables[rpc](*asked, metadata=terms.metadata, timeout=terms.timeout_s)

    async def answer(self, request: Request, rpc: str, message: Message, terms: Terms) -> Any:
        """Of a call with one."""
        call = self.start(rpc, message, terms)
        async with leaving(request, call):
            return await call

    async def answer_to(self, request: Request, rpc: str, messages: AsyncIterator[Message], terms: Terms) -> Any:
        """Of a call that streams. It may answer before everything is sent, and does when it refuses."""
        call = with_true_status(self.start(rpc, None, terms))
        sending, answering = asyncio.create_task(_send(call, messages)), asyncio.ensure_future(_await(call))
        try:
            await asyncio.wait((sending, answering), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                await sending  # what is wrong with the body is said here
                async with leaving(request, call):
                    return await asyncio.shield(answering)
            return answering.result()
        finally:
            for task in (sending, answering):
                task.cancel()
            call.cancel()
            await asyncio.gather(sending, answering, return_exceptions=True)


@asynccontextmanager
async def leaving(request: Request, call: Any) -> AsyncIterator[None]:
    """Inside, the call ends with CallerGone when its caller goes away. The request's body has been read by then."""
    gone = asyncio.create_task(_until_gone(request))
    gone.add_done_callback(lambda task: None if task.cancelled() else call.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if gone.done() and not gone.cancelled():
            raise CallerGone from None
        raise
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait((gone,))
        call.cancel()


def inside_channel(port: int) -> grpc.aio.Channel:
    """To this process. No retries: who calls by HTTP decides that."""
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _await(call: Any) -> Any:
    return await call


async def _send(call: Any, messages: AsyncIterator[Message]) -> None:
    async for message in messages:
        try:
            await call.write(message)
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, grpc.aio.InternalError, asyncio.InvalidStateError):
            return  # it has ended, and says why itself
    await call.done_writing()


def _readable(value: str) -> str:
    """gRPC takes nothing else; the door takes what stands there for what it is, no credential."""
    return value if _PRINTABLE.fullmatch(value) else _UNREADABLE


def _seconds(text: str) -> float:
    found = _SECONDS.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise invalid(TIMEOUT, "seconds, such as 30 or 2.5s")
    return float(found[1])

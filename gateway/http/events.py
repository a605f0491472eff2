"""Streams of messages as text/event-stream.

Every event is a message in JSON; the last one, of the type `status`, is a google.rpc.Status that says how it ended.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import reduce
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.calls import Calls, Terms
from gateway.http.failures import NO_STORE, known, status_text
from gateway.http.messages import written
from gateway.http.routes import Route
from likeness_wire.errors import LikenessError

# How long an answer waits for its first message: what fails by then fails with a code of HTTP's.
_PATIENCE_S = 1.0
# Comments where nothing else is said.
_PING_S = 15.0
_LINE = "\n"


async def open_events(request: Request, calls: Calls, route: Route, message: Message, terms: Terms) -> Response:
    """204 where there is nothing more to say: it tells an EventSource not to come again."""
    call = calls.start(route.rpc, message, terms)
    first = asyncio.ensure_future(call.read())
    try:
        await asyncio.wait((first,), timeout=_PATIENCE_S)
        if first.done() and first.result() is grpc.aio.EOF:
            return Response(status_code=204, headers=NO_STORE)
    except BaseException:
        first.cancel()
        call.cancel()
        raise
    return EventSourceResponse(_events(call, first, route), ping=_PING_S, sep=_LINE)


async def _events(call: Any, first: "asyncio.Future[Any]", route: Route) -> AsyncIterator[ServerSentEvent]:
    try:
        message = await first
        while message is not grpc.aio.EOF:
            text = (await written(message)).decode()
            yield ServerSentEvent(data=text, id=_id(message, route.event_id), sep=_LINE)
            message = await call.read()
        yield _status(None)
    except Exception as error:
        yield _status(known(error))
    finally:
        first.cancel()
        call.cancel()


def _status(error: LikenessError | None) -> ServerSentEvent:
    retry = error.retry_after_s if error else None
    return ServerSentEvent(
        data=status_text(error),
        event="status",
        retry=None if retry is None else round(retry * 1000),
        sep=_LINE,
    )


def _id(message: Message, path: str) -> str | None:
    """What to resume from. None where this message has nothing of the kind, so that the one before stays."""
    if not path:
        return None
    *outer, last = path.split(".")
    if outer and not message.HasField(outer[0]):
        return None
    return str(getattr(reduce(getattr, outer, message), last))


def resumed_from(request: Request) -> str | None:
    """What the last event seen was."""
    return request.headers.get("last-event-id") or None

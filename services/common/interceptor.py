"""What happens around every call, so that a servicer is only decode, call, encode.

Outermost first: count it, bind its deadline for the calls it makes, open the gate, admit the caller, run it, turn what
it raises into a status, write one line. Health and reflection pass untouched: they answer whatever the state of the
process.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any, NamedTuple, TypeAlias

import grpc
import grpc.aio
from grpc_status import rpc_status
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Internal, LikenessError
from likeness_wire.hop import bound
from likeness_wire.status import from_rpc_error, to_status
from services.common.logs import CallLines
from services.common.metrics import CallSeries, ShellMetrics
from services.common.tracing import Tracing

log = logging.getLogger(__name__)

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Run = Callable[[Any, Any], Awaitable[Any]]
Gate = Callable[[], LikenessError | None]
Context = grpc.aio.ServicerContext[Any, Any]
Refuse = Callable[[str, Context], LikenessError | None]
# Around one call, given its method, its request (an iterator where the caller streams) and its context. It raises to
# turn the caller away, and sees what the call raises.
Admit = Callable[[str, Any, Context], AbstractAsyncContextManager[None]]

_EXEMPT = "/grpc."


class _Method(NamedTuple):
    """What is known of a method before it is called."""

    name: str
    series: CallSeries
    lines: CallLines


class Around(grpc.aio.ServerInterceptor):
    """The one interceptor of a server. `gate` says why calls may not enter now, `refuse` why this one may not ever,
    `admit` finds out whose call it is and stays around it.
    """

    def __init__(
        self, metrics: ShellMetrics, tracing: Tracing, gate: Gate, refuse: Refuse, admit: Admit | None = None
    ) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._gate = gate
        self._refuse = refuse
        self._admit = admit or _anybody
        self._wrapped: dict[str, Handler] = {}
        self.begun = 0

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if method.startswith(_EXEMPT):
            return handler
        if handler is None:
            return self._closed_door() if self._gate() else None
        if method not in self._wrapped:
            self._wrapped[method] = self._wrap(handler, method)
        return self._wrapped[method]

    def _closed_door(self) -> Handler:
        """While starting, services are not registered yet: 'not now' is the truth, 'unknown method' is not."""

        async def refuse(_: object, context: Context) -> None:
            if error := self._gate():
                await context.abort_with_status(rpc_status.to_status(to_status(error)))

        return grpc.stream_unary_rpc_method_handler(refuse)  # takes any client, whatever it streams

    def _wrap(self, handler: Handler, method: str) -> Handler:
        kind = _KINDS[handler.request_streaming, handler.response_streaming]
        inner = getattr(handler, kind)
        service, name = method.strip("/").split("/")
        to = _Method(method, CallSeries(self._metrics, (kind, service, name)), CallLines(log, name))

        async def one(request: Any, context: Context) -> Any:
            return await self._around(to, inner, request, context)

        async def send_all(request: Any, context: Context) -> None:
            async with aclosing(inner(request, context)) as answers:
                sending = _Sending(context, answers)
                async for message in answers:
                    await sending.send(message)

        async def many(request: Any, context: Context) -> None:
            await self._around(to, send_all, request, context)

        if handler.response_streaming and inspect.iscoroutinefunction(inner):
            raise TypeError(f"{method} has to be an async generator, or to return one")
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        wrapped = many if handler.response_streaming else one
        return make(  # type: ignore[no-any-return]
            wrapped,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    async def _around(self, to: _Method, run: Run, request: Any, context: Context) -> Any:
        began = time.monotonic()
        self.begun += 1
        to.series.begun()
        code, reason = grpc.StatusCode.OK, ""
        with (
            self._tracing.span(to.name, context.invocation_metadata) as span,
            bound(context.time_remaining(), span.headers),
        ):
            try:
                if refused := self._refuse(to.name, context) or self._gate():
                    raise refused
                async with self._admit(to.name, request, context):
                    return await run(request, context)
            except Exception as error:
                known = _known(error, to.name)
                code, reason = known.code, known.reason_name
                await context.abort_with_status(rpc_status.to_status(to_status(known)))
            except BaseException:
                code = _how_it_ended(context)
                raise
            finally:
                seconds = time.monotonic() - began
                to.series.ended(code.name, seconds)
                span.ended(code.name, reason)
                to.lines.write(code.name, reason, seconds)


class _Sending:
    """The answers of one call on their way out.

    A call that is cancelled while its caller does not read is cancelled where its answers are made: there may be a
    reason, which the caller then learns. Headers are sent to their end before: gRPC sends no status beside them.
    """

    def __init__(self, context: Context, answers: AsyncGenerator[Any, None]) -> None:
        self._context = context
        self._answers = answers
        self._begun = False

    async def send(self, message: Any) -> None:
        try:
            await self._begin()
            await self._context.write(message)
        except asyncio.CancelledError as cancelled:
            await self._answers.athrow(cancelled)
            raise

    async def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        headers = asyncio.ensure_future(self._context.send_initial_metadata(()))
        try:
            await asyncio.shield(headers)
        except asyncio.CancelledError:
            await asyncio.wait([headers])
            raise


def _anybody(_method: str, _request: Any, _context: Context) -> AbstractAsyncContextManager[None]:
    return _NOTHING


def _known(error: Exception, method: str) -> LikenessError:
    """The error itself, or what a call to a peer came back with. What is our fault has an id that is in the log: by it
    callers tell our word from that of a connection which broke.
    """
    known = from_rpc_error(error) if isinstance(error, grpc.aio.AioRpcError) else error
    if not isinstance(known, LikenessError):
        known = Internal(reasons.REASON_INTERNAL, "unforeseen failure; quote the incident id")
    if isinstance(known, Internal) and "incident" not in known.metadata:
        known.metadata["incident"] = uuid.uuid4().hex
        log.error("unforeseen", extra={**known.metadata, "rpc": _short(method)}, exc_info=error)
    return known


def _short(method: str) -> str:
    return method.rpartition("/")[2]


def _how_it_ended(context: Context) -> grpc.StatusCode:
    left_s = context.time_remaining()
    return grpc.StatusCode.DEADLINE_EXCEEDED if left_s is not None and left_s <= 0 else grpc.StatusCode.CANCELLED


_NOTHING = nullcontext()
_KINDS = {
    (False, False): "unary_unary",
    (False, True): "unary_stream",
    (True, False): "stream_unary",
    (True, True): "stream_stream",
}

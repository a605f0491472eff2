"""What happens around every call."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from grpc import StatusCode
from grpc.aio import AioRpcError, ServicerContext, insecure_channel
from grpc.aio import server as grpc_server
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk, Kind, Role
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import (
    EchoServiceServicer,
    EchoServiceStub,
    add_EchoServiceServicer_to_server,
)

from likeness_wire.chunks import Blob, cut
from likeness_wire.errors import BadPhoto, BadRequest, Internal, NotFound, OutOfTime, Unavailable
from likeness_wire.status import from_rpc_error
from services.common.admission import Stop
from services.common.interceptor import Around
from services.common.logs import JsonLines
from services.common.metrics import ShellMetrics
from services.common.tracing import tracing
from services.echo.model import Saying
from tests.running import RunningShell, until
from tests.services.common.test_lane import Gated

Start = Callable[..., Awaitable[RunningShell]]

LABELS = {"grpc_type": "unary_unary", "grpc_service": "likeness.echo.v1.EchoService", "grpc_method": "Echo"}


def _fails_with(error: Exception) -> Callable[[Sequence[Saying], Stop], list[str | BaseException]]:
    def model(sayings: Sequence[Saying], stop: Stop) -> list[str | BaseException]:
        raise error

    return model


async def test_a_typed_error_arrives_as_itself(start_shell: Start) -> None:
    """Class, reason, message, metadata and hint, through a real server."""
    running = await start_shell(model=_fails_with(BadPhoto(reasons.REASON_NO_FACE, "no face", photo=2)))

    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(pb.EchoRequest(text="x"))

    error = from_rpc_error(caught.value)
    assert caught.value.code() == StatusCode.INVALID_ARGUMENT
    assert (type(error), error.reason, error.metadata) == (BadPhoto, reasons.REASON_NO_FACE, {"photo": "2"})


async def test_an_unforeseen_error_is_an_id_and_nothing_more(
    start_shell: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller gets an incident id; the log has the same id with type and place, and neither has the text."""
    running = await start_shell(model=_fails_with(ZeroDivisionError("secret detail")))

    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(pb.EchoRequest(text="x"))

    error = from_rpc_error(caught.value)
    record = next(record for record in caplog.records if record.message == "unforeseen")
    line = json.loads(JsonLines().format(record))
    assert type(error) is Internal
    assert error.metadata == {"incident": line["incident"]}
    assert line["exception"][0] == "ZeroDivisionError"
    assert "secret detail" not in str(caught.value) + json.dumps(line)


async def test_whatever_is_our_fault_has_an_id(start_shell: Start, caplog: pytest.LogCaptureFixture) -> None:
    """Also where we say ourselves what it is: without one a client takes it for a broken connection."""
    running = await start_shell(model=_fails_with(Internal(reasons.REASON_INTERNAL, "an object of it is missing")))

    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(pb.EchoRequest(text="x"))

    error = from_rpc_error(caught.value)
    record = next(record for record in caplog.records if record.message == "unforeseen")
    assert "an object of it is missing" == error.message
    assert error.metadata == {"incident": json.loads(JsonLines().format(record))["incident"]}


async def test_an_error_in_a_stream_is_typed_too(start_shell: Start) -> None:
    """What was sent before it stays sent."""
    running = await start_shell()
    good = list(cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, b"good")))
    requests = [pb.EchoBlobsRequest(chunk=chunk) for chunk in [*good, Chunk(data=b"stray")]]
    received = []

    with pytest.raises(AioRpcError) as caught:
        async for response in running.stub.EchoBlobs(iter(requests)):
            received.append(response.chunk)

    assert type(from_rpc_error(caught.value)) is BadRequest
    assert [chunk.WhichOneof("part") for chunk in received] == ["header", "data", "end"]


async def test_a_stalled_stream_is_ended(start_shell: Start) -> None:
    """A sender that falls silent is told so."""
    running = await start_shell(idle_s=0.02)
    call = running.stub.EchoBlobs()
    await call.write(pb.EchoBlobsRequest(chunk=next(cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, b"x")))))

    with pytest.raises(AioRpcError) as caught:
        await call.read()

    assert type(from_rpc_error(caught.value)) is OutOfTime


class Torrent(EchoServiceServicer):
    """More than any window holds, until it is cut off, for a reason that it knows."""

    def __init__(self) -> None:
        self.task: asyncio.Task[object] | None = None
        self.sent = 0

    async def EchoBlobs(
        self, request_iterator: AsyncIterator[pb.EchoBlobsRequest], context: ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.EchoBlobsResponse]:
        self.task = asyncio.current_task()
        try:
            while True:
                self.sent += 1
                yield pb.EchoBlobsResponse(chunk=Chunk(data=bytes(256 * 1024)))
        except asyncio.CancelledError:
            assert self.task is not None
            self.task.uncancel()
            raise NotFound(reasons.REASON_EXPIRED, "its time is up") from None


async def test_whoever_does_not_read_learns_why_it_was_cut_off() -> None:
    """The call waits for its caller, is cancelled from where its answers are made, and says so."""
    torrent = Torrent()
    around = Around(ShellMetrics(), tracing("torrent", None), lambda: None, lambda method, context: None)
    server = grpc_server(interceptors=[around])
    add_EchoServiceServicer_to_server(torrent, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with insecure_channel(f"127.0.0.1:{port}") as channel:
        call = aiter(EchoServiceStub(channel).EchoBlobs(iter([]), timeout=20))
        await anext(call)
        before = -1
        while torrent.sent > before:  # until it waits for us
            before = torrent.sent
            await asyncio.sleep(0.1)
        assert torrent.task is not None
        torrent.task.cancel()
        with pytest.raises(AioRpcError) as caught:
            async for _ in call:
                pass
    await server.stop(None)

    assert reasons.REASON_EXPIRED == from_rpc_error(caught.value).reason


async def test_while_starting_calls_are_told_to_come_back(start_shell: Start) -> None:
    """Not 'unimplemented', though the service is not registered yet."""
    running = await start_shell(ready=False)

    async with insecure_channel(f"127.0.0.1:{running.shell.grpc_port}") as channel:  # without health checks of its own
        with pytest.raises(AioRpcError) as caught:
            await EchoServiceStub(channel).Echo(pb.EchoRequest(text="x"), timeout=5)

    error = from_rpc_error(caught.value)
    assert (type(error), error.reason) == (Unavailable, reasons.REASON_STARTING)


async def test_started_is_handled_plus_in_flight(start_shell: Start) -> None:
    """At every moment, whatever the outcomes: success, refusal, failure, cancellation, deadline."""
    model = Gated()
    running = await start_shell(model=model, queue_places=3)
    registry = running.metrics.registry

    def books() -> tuple[float, float, float]:
        families = {family.name: family for family in registry.collect()}
        handled = sum(s.value for s in families["grpc_server_handled"].samples)
        started = registry.get_sample_value("grpc_server_started_total", LABELS) or 0
        return started, handled, registry.get_sample_value("likeness_calls_in_flight") or 0

    first = asyncio.ensure_future(_echo(running, "a"))
    await until(lambda: model.batches)
    calls = [asyncio.ensure_future(_echo(running, text)) for text in ("b", "c", "poison", "refused")]
    await until(lambda: any(task.done() for task in calls))
    calls[0].cancel()
    await until(lambda: running.lane.admission.waiting_items == 2)
    late = asyncio.ensure_future(_echo(running, "late", timeout=0.05))
    await until(late.done)
    assert books()[0] == books()[1] + books()[2]

    model.gate.set()
    await asyncio.gather(first, late, *calls, return_exceptions=True)
    await until(lambda: books()[2] == 0)
    started, handled, in_flight = books()
    assert (started, in_flight) == (6, 0)
    assert started == handled


async def test_the_deadline_reaches_the_queue(start_shell: Start) -> None:
    """A call that waits longer than its caller does is taken out of the queue."""
    model = Gated()
    running = await start_shell(model=model)
    first = asyncio.ensure_future(_echo(running, "a"))
    await until(lambda: model.batches)

    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(pb.EchoRequest(text="b"), timeout=0.05)

    await until(lambda: running.lane.admission.waiting_items == 0)
    assert caught.value.code() == StatusCode.DEADLINE_EXCEEDED
    model.gate.set()
    await first


async def test_every_call_leaves_one_line(
    start_shell: Start, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Method, code, reason and seconds; nothing of what was said."""
    caplog.set_level(logging.INFO, "services.common.interceptor")
    running = await start_shell()
    await running.stub.Echo(pb.EchoRequest(text="hello", hold=Duration()))
    with pytest.raises(AioRpcError):
        await running.stub.Echo(pb.EchoRequest(hold=Duration(seconds=-1)))

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["message"], line["rpc"], line["code"], line["reason"]) for line in lines] == [
        ("call", "Echo", "OK", ""),
        ("call", "Echo", "INVALID_ARGUMENT", "INVALID_FIELD"),
    ]
    assert all(0 < line["seconds"] < 60 for line in lines)
    assert all(abs(time.time() - datetime.fromisoformat(line["time"]).timestamp()) < 60 for line in lines)


async def test_whoever_wants_no_lines_of_calls_gets_none(
    start_shell: Start, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The level counts for them as for all others."""
    caplog.set_level(logging.WARNING, "services.common.interceptor")
    running = await start_shell()

    await running.stub.Echo(pb.EchoRequest(text="hello"))

    assert capsys.readouterr().err == ""


async def _echo(running: RunningShell, text: str, timeout: float = 10) -> pb.EchoResponse:
    return await running.stub.Echo(pb.EchoRequest(text=text), timeout=timeout)

"""Deadlines and headers on their way through several services."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceServicer, EchoServiceStub, add_EchoServiceServicer_to_server

from likeness_wire.channels import connect
from likeness_wire.chunks import Blob, cut
from likeness_wire.hop import bound, remaining_s
from tests.running import until

NAME = "likeness.echo.v1.EchoService"


class Listener(EchoServiceServicer):
    """Remembers what each call brought with it, and waits if told to."""

    def __init__(self) -> None:
        self.left_s: list[float] = []
        self.headers: list[dict[str, Any]] = []
        self.cancelled = 0

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        self._note(context)
        if request.text == "wait":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return pb.EchoResponse(text=request.text)

    async def EchoBlobs(self, request_iterator: Any, context: Any) -> AsyncIterator[pb.EchoBlobsResponse]:
        self._note(context)
        async for request in request_iterator:
            yield pb.EchoBlobsResponse(chunk=request.chunk)

    def _note(self, context: Any) -> None:
        self.left_s.append(context.time_remaining())
        self.headers.append(dict(context.invocation_metadata()))


@pytest.fixture
async def listener() -> AsyncIterator[tuple[Listener, Any]]:
    server, heard = grpc.aio.server(), Listener()
    add_EchoServiceServicer_to_server(heard, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with connect(f"127.0.0.1:{port}", NAME, default_timeout_s=30) as channel:
        yield heard, EchoServiceStub(channel)
    await server.stop(None)


async def test_a_call_inherits_what_is_left_of_the_deadline(listener: tuple[Listener, Any]) -> None:
    """Downstream never has more time than upstream."""
    heard, stub = listener
    with bound(5.0):
        await stub.Echo(pb.EchoRequest())
        left_s = remaining_s()

    assert left_s is not None
    assert 4.0 < left_s <= heard.left_s[0] <= 5.2  # gRPC rounds deadlines up


async def test_a_call_without_a_deadline_gets_the_default(listener: tuple[Listener, Any]) -> None:
    """No call waits for ever."""
    heard, stub = listener
    await stub.Echo(pb.EchoRequest())

    assert 29 < heard.left_s[0] <= 30.2


async def test_streams_inherit_it_as_well(listener: tuple[Listener, Any]) -> None:
    """All four kinds of call go through the same door."""
    heard, stub = listener
    chunks = [pb.EchoBlobsRequest(chunk=chunk) for chunk in cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, b"x"))]
    with bound(5.0, (("traceparent", "00-1-2-01"),)):
        async for _ in stub.EchoBlobs(iter(chunks)):
            pass

    assert heard.left_s[0] <= 5.2  # gRPC rounds deadlines up
    assert heard.headers[0]["traceparent"] == "00-1-2-01"


async def test_an_inner_deadline_only_shortens() -> None:
    """A callee cannot give itself more time than its caller has."""
    with bound(1.0), bound(60.0):
        left_s = remaining_s()

    assert left_s is not None
    assert left_s <= 1.0
    assert remaining_s() is None


async def test_cancelling_the_caller_cancels_the_call(listener: tuple[Listener, Any]) -> None:
    """Whoever waits for a call and is cancelled takes the call along."""
    heard, stub = listener

    async def call() -> None:
        await stub.Echo(pb.EchoRequest(text="wait"))

    task = asyncio.ensure_future(call())
    await until(lambda: heard.left_s)
    task.cancel()

    await until(lambda: heard.cancelled == 1)

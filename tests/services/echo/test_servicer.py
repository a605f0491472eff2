"""The smallest service, over a real connection."""

from collections.abc import Awaitable, Callable

import pytest
from google.protobuf.duration_pb2 import Duration
from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.echo.v1 import echo_pb2 as pb

from likeness_wire.chunks import Blob, chunks_of, cut, incoming
from likeness_wire.status import from_rpc_error
from services.echo.servicer import everything
from tests.running import RunningShell

Start = Callable[..., Awaitable[RunningShell]]


async def test_the_text_comes_back_with_its_timings(start_shell: Start) -> None:
    """Every answer that did work says where the time went and what made it."""
    running = await start_shell()
    answer = await running.stub.Echo(pb.EchoRequest(text="hello", hold=Duration(nanos=5_000_000)))

    spans = {timing.stage: timing.duration.ToNanoseconds() for timing in answer.timings}
    assert answer.text == "hello"
    assert spans["execute"] >= 5_000_000
    assert "queue" in spans
    assert (answer.made_by.service, answer.made_by.engine, answer.made_by.device) == ("echo", "echo", "cpu")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.EchoRequest(text="x" * (64 * 1024 + 1)), "text"),
        (pb.EchoRequest(hold=Duration(seconds=61)), "hold"),
        (pb.EchoRequest(hold=Duration(seconds=-1)), "hold"),
    ],
    ids=["long text", "long hold", "negative hold"],
)
async def test_what_is_out_of_range_is_named(start_shell: Start, request_: pb.EchoRequest, field: str) -> None:
    """INVALID_FIELD with the field and what would be right."""
    running = await start_shell()
    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(request_)

    error = from_rpc_error(caught.value)
    assert error.reason == reasons.REASON_INVALID_FIELD
    assert list(error.fields) == [field]


async def test_blobs_come_back_in_order_and_are_counted(start_shell: Start) -> None:
    """The same bytes, blob by blob, and the metric knows how many."""
    running = await start_shell()
    sent = [Blob(Role.ROLE_PHOTO, Kind.KIND_PNG, bytes([n]) * (700_000 + n), n) for n in range(3)]
    requests = (pb.EchoBlobsRequest(chunk=chunk) for blob in sent for chunk in cut(blob))

    answers = chunks_of(running.stub.EchoBlobs(requests))
    received = [await blob.whole() async for blob in incoming(answers, everything(2**20, 3, 5))]

    assert [bytes(blob.data) for blob in sent] == [bytes(blob.data) for blob in received]
    counted = running.metrics.registry.get_sample_value("likeness_echoed_bytes_total")
    assert counted == sum(len(blob.data) for blob in sent)

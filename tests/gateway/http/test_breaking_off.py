"""Answers that break off after they have begun."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx2
import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, Chunk, ChunkHeader
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server

from gateway.http.face import open_face
from gateway.settings import GatewaySettings


class Breaking(GatewayServiceServicer):
    """Sends ten bytes of a hundred, and one event of many."""

    async def DownloadThumbnail(self, request: Any, context: Any) -> AsyncIterator[pb.DownloadThumbnailResponse]:
        yield pb.DownloadThumbnailResponse(chunk=Chunk(header=ChunkHeader(kind=KIND_JPEG, size_bytes=100)))
        yield pb.DownloadThumbnailResponse(chunk=Chunk(data=bytes(10)))
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the store is gone")

    async def WatchJob(self, request: Any, context: Any) -> AsyncIterator[pb.WatchJobResponse]:
        yield pb.WatchJobResponse()
        await context.abort(grpc.StatusCode.UNAVAILABLE, "the store is gone")


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    server = grpc.aio.server()
    add_GatewayServiceServicer_to_server(Breaking(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    settings = GatewaySettings(http_port=0, data_dir=tmp_path)
    async with (
        open_face(settings, port, lambda _: None) as face,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{face.port}") as http,
    ):
        yield http
    await server.stop(None)


async def test_a_picture_that_breaks_off_is_not_taken_for_a_whole_one(http: httpx2.AsyncClient) -> None:
    """It is shorter than announced, and the connection ends."""
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.get("/v1/tenants/a/jobs/b/results/1:thumbnail")


async def test_a_stream_of_events_says_why_it_ends(http: httpx2.AsyncClient) -> None:
    """With a status as its last event."""
    answer = await http.get("/v1/tenants/a/jobs/b:watch")

    assert 'event: status\ndata: {"code": 14, "message": "the store is gone"' in answer.text


async def test_what_is_not_there_yet_says_so(http: httpx2.AsyncClient) -> None:
    """As gRPC does for calls that a build does not have."""
    answer = await http.get("/v1/server")

    assert 400 == answer.status_code
    assert "NOT_CONFIGURED" in answer.text

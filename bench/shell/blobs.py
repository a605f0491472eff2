"""Large blobs there and back: with everything that the wire checks, and in bare chunks of the same size."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from likeness.common.v1.chunk_pb2 import Chunk, Kind, Role
from likeness.echo.v1.echo_pb2 import EchoBlobsRequest

from bench.shell.ends import End
from bench.shell.stalls import Stall, Stalls
from likeness_wire.chunks import PIECE_BYTES, Blob, chunks_of, cut, incoming
from services.echo.servicer import everything

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # in the stubs alone

MIB = 1024 * 1024

Flow: TypeAlias = "Callable[[EchoServiceAsyncStub, bytes], Awaitable[None]]"


def noise(mib: int) -> bytes:
    return os.urandom(mib * MIB)


async def checked(stub: EchoServiceAsyncStub, data: bytes) -> None:
    """One blob: header, sizes, order and digests checked, three of them computed, put together on both sides."""

    async def requests() -> AsyncIterator[EchoBlobsRequest]:
        for chunk in cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, data)):
            yield EchoBlobsRequest(chunk=chunk)

    accept = everything(len(data), 1, idle_s=20)
    async for arriving in incoming(chunks_of(stub.EchoBlobs(requests())), accept):
        assert len((await arriving.whole()).data) == len(data)


async def bare(stub: EchoServiceAsyncStub, data: bytes) -> None:
    """The same bytes in messages of the same size, put together on both sides. Nobody checks or hashes anything."""

    async def requests() -> AsyncIterator[EchoBlobsRequest]:
        for start in range(0, len(data), PIECE_BYTES):
            yield EchoBlobsRequest(chunk=Chunk(data=data[start : start + PIECE_BYTES]))

    received = bytearray()
    async for response in stub.EchoBlobs(requests()):
        received += response.chunk.data
    assert len(received) == len(data)


async def mib_per_second(flow: Flow, stub: EchoServiceAsyncStub, data: bytes) -> float:
    """Both directions counted."""
    began = time.perf_counter()
    await flow(stub, data)
    return 2 * len(data) / MIB / (time.perf_counter() - began)


async def loop_busy_s(flow: Flow, stub: EchoServiceAsyncStub, data: bytes) -> float:
    """Processor time of the thread that runs this process's event loop: what a blob takes from all other calls."""
    began = time.thread_time()
    await flow(stub, data)
    return time.thread_time() - began


async def client_stall(flow: Flow, at: End, data: bytes) -> Stall:
    """The worst of this process's event loop meanwhile."""
    stalls = Stalls()
    stalls.begin()
    await flow(at.stub, data)
    return stalls.end()


async def server_stall(flow: Flow, at: End, data: bytes) -> Stall:
    """The worst of the server's event loop meanwhile."""
    at.server.begin_watch()
    await flow(at.stub, data)
    return at.server.end_watch()

"""A process that serves for long keeps nothing of it."""

import asyncio
from pathlib import Path

import psutil
import pytest
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub

from likeness_wire.channels import connect
from likeness_wire.chunks import Blob, cut
from services.echo.servicer import NAME
from tests.running import running_process, until

pytestmark = pytest.mark.soak

_BLOB = list(cut(Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, bytes(4_000_000))))


async def test_memory_is_flat_over_thousands_of_calls(tmp_path: Path) -> None:
    """Finished calls, whole streams and streams broken off in mid-way: later rounds need no more than the second."""
    with running_process(tmp_path / "log") as echo:
        memory = psutil.Process(echo.process.pid)
        async with connect(f"127.0.0.1:{echo.grpc_port}", NAME, default_timeout_s=30) as channel:
            stub = EchoServiceStub(channel)
            sizes = []
            for _ in range(5):
                for _ in range(1_000):
                    await stub.Echo(pb.EchoRequest(text="x"))
                for _ in range(20):
                    await _stream(stub)
                    await _broken_off(stub)
                await until(lambda: echo.metric("likeness_calls_in_flight") == 0)
                sizes.append(memory.memory_info().rss)

    assert sizes[4] - sizes[1] < 4_000_000, sizes


async def _stream(stub: object) -> None:
    async for _ in stub.EchoBlobs(pb.EchoBlobsRequest(chunk=chunk) for chunk in _BLOB):  # type: ignore[attr-defined]
        pass


async def _broken_off(stub: object) -> None:
    call = stub.EchoBlobs()  # type: ignore[attr-defined]
    for chunk in _BLOB[:8]:
        await call.write(pb.EchoBlobsRequest(chunk=chunk))
    call.cancel()
    await asyncio.gather(call.wait_for_connection(), return_exceptions=True)

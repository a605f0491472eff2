"""What `make demo` shows: a real service started, called through the wire, watched, and stopped without a lost call."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub
from rich.console import Console

from likeness_wire import resend
from likeness_wire.channels import connect
from likeness_wire.chunks import Accept, Blob, chunks_of, cut, incoming
from likeness_wire.hop import HopChannel

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # exists in the stubs alone

ECHO = "likeness.echo.v1.EchoService"
GRPC_PORT, METRICS_PORT = 7450, 7495
BLOB_BYTES = 8 * 1024 * 1024
CALLS_AT_THE_END = 50

_SHOWN = ("grpc_server_handled_total", "likeness_ready", "likeness_queue_seconds_count", "likeness_echoed_bytes_total")
_ROLE, _KIND = Role.ROLE_PHOTO, Kind.KIND_JPEG
_ACCEPT = Accept({_ROLE: frozenset({_KIND})}, max_bytes=BLOB_BYTES, max_blobs=1)

console = Console(highlight=False)


async def demo() -> int:
    """The service's exit status."""
    console.print("[bold]Likeness[/]: the shell that every service runs in, around the smallest one, `echo`.\n")
    service = subprocess.Popen([sys.executable, "-m", "services.echo"], stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        async with connect(f"127.0.0.1:{GRPC_PORT}", ECHO, default_timeout_s=30) as channel:
            stub = EchoServiceStub(channel)
            await stub.Echo(pb.EchoRequest(), wait_for_ready=True)
            await _health(channel)
            await _timings(stub)
            await _blob(stub)
            _metrics()
            return await _farewell(stub, service)
    finally:
        service.kill()


async def _health(channel: HopChannel) -> None:
    for name, meaning in (("", "alive"), (ECHO, "ready")):
        answer = await HealthStub(channel).Check(HealthCheckRequest(service=name))  # type: ignore[attr-defined]
        console.print(f"health   {meaning}: {HealthCheckResponse.ServingStatus.Name(answer.status)}")


async def _timings(stub: "EchoServiceAsyncStub") -> None:
    answer = await stub.Echo(pb.EchoRequest(text="hello", hold=Duration(nanos=20_000_000)))
    spans = ", ".join(f"{timing.stage} {timing.duration.ToMicroseconds() / 1000:.2f} ms" for timing in answer.timings)
    console.print(f"call     {answer.text!r} held the device for 20 ms: {spans}")


async def _blob(stub: "EchoServiceAsyncStub") -> None:
    sent = os.urandom(BLOB_BYTES)

    def send() -> AsyncIterator[pb.EchoBlobsResponse]:
        return stub.EchoBlobs(pb.EchoBlobsRequest(chunk=chunk) for chunk in cut(Blob(_ROLE, _KIND, sent)))  # type: ignore[return-value]

    began = time.perf_counter()
    async for blob in incoming(chunks_of(resend.answers(send)), _ACCEPT):
        same = (await blob.whole()).data == sent
        console.print(
            f"stream   {BLOB_BYTES >> 20} MiB there and back in {time.perf_counter() - began:.3f} s, "
            f"digest checked twice, {'the same bytes' if same else 'DIFFERENT BYTES'}"
        )


def _metrics() -> None:
    page = urllib.request.urlopen(f"http://127.0.0.1:{METRICS_PORT}/metrics").read().decode()
    for line in page.splitlines():
        if line.startswith(_SHOWN):
            console.print(f"metric   {line}", soft_wrap=True)


async def _farewell(stub: "EchoServiceAsyncStub", service: "subprocess.Popen[bytes]") -> int:
    request = pb.EchoRequest(hold=Duration(nanos=5_000_000))
    calls = [asyncio.ensure_future(_call(stub, request)) for _ in range(CALLS_AT_THE_END)]
    await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    service.terminate()
    answered = sum(await asyncio.gather(*calls))
    status = await asyncio.to_thread(service.wait, 30)
    console.print(f"drain    SIGTERM under {len(calls)} calls: {answered} answered, exit status {status}")
    return status if answered == len(calls) else 1


async def _call(stub: "EchoServiceAsyncStub", request: pb.EchoRequest) -> bool:
    await stub.Echo(request)
    return True


if __name__ == "__main__":
    sys.exit(asyncio.run(demo()))

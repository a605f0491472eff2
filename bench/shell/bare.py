"""The reference: the echo contract on grpc.aio as it comes, with no interceptor, queue, thread, digest or log line.

It puts a blob together and cuts it again, as the echo service does and any service would.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
from likeness.common.v1.chunk_pb2 import Chunk
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceServicer, add_EchoServiceServicer_to_server

from bench.shell.stalls import answering
from likeness_wire.chunks import PIECE_BYTES

Context = grpc.aio.ServicerContext[Any, Any]


class BareEcho(EchoServiceServicer):
    """Gives back what it gets, and nothing else."""

    async def Echo(self, request: pb.EchoRequest, context: Context) -> pb.EchoResponse:  # noqa: N802
        return pb.EchoResponse(text=request.text)

    async def EchoBlobs(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.EchoBlobsRequest], context: Context
    ) -> AsyncIterator[pb.EchoBlobsResponse]:
        data = bytearray()
        async for request in request_iterator:
            data += request.chunk.data
        for start in range(0, len(data), PIECE_BYTES):
            yield pb.EchoBlobsResponse(chunk=Chunk(data=bytes(data[start : start + PIECE_BYTES])))


async def serve() -> None:
    """Until killed. The port is said as the services say theirs."""
    server = grpc.aio.server()
    add_EchoServiceServicer_to_server(BareEcho(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    for line in ({"message": "listening", "grpc_port": port}, {"message": "ready"}):
        sys.stderr.write(json.dumps(line) + "\n")
    async with answering():
        await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())

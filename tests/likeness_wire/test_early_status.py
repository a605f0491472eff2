from collections.abc import AsyncIterator

import grpc
import grpc.aio
import pytest

from likeness_wire.hop import HopChannel

ROUNDS = 50


class Refusing(grpc.GenericRpcHandler):
    """Ends every stream before it has read anything."""

    def service(self, _: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def refuse(_: object, context: "grpc.aio.ServicerContext[bytes, bytes]") -> AsyncIterator[bytes]:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
            yield b""

        return grpc.stream_stream_rpc_method_handler(refuse)


async def messages(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1000)


@pytest.mark.parametrize("count", [1, 5, 300])
async def test_a_refusal_in_mid_stream_keeps_its_status(count: int) -> None:
    """However much the client still had to send, it learns why it was refused; every time, not most times."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    codes = set()
    async with HopChannel(grpc.aio.insecure_channel(f"127.0.0.1:{port}"), default_timeout_s=10) as channel:
        for _ in range(ROUNDS):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                [answer async for answer in channel.stream_stream("/a.v1.B/C")(messages(count))]
            codes.add((caught.value.code(), caught.value.details()))
    await server.stop(None)

    assert codes == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")}

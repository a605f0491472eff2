from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc
import grpc.aio
import pytest

from likeness_wire.hop import HopChannel

ROUNDS = 50


class Refusing(grpc.GenericRpcHandler):
    """Ends every stream before it has read anything."""

    def service(self, asked: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def one(_: object, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")

        async def many(_: object, context: "grpc.aio.ServicerContext[bytes, bytes]") -> AsyncIterator[bytes]:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
            yield b""

        if asked.method.endswith("Many"):
            return grpc.stream_stream_rpc_method_handler(many)
        return grpc.stream_unary_rpc_method_handler(one)


async def messages(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1000)


async def for_one(channel: HopChannel, count: int) -> None:
    await channel.stream_unary("/a.v1.B/One")(messages(count))


async def for_many(channel: HopChannel, count: int) -> None:
    async for _ in channel.stream_stream("/a.v1.B/Many")(messages(count)):
        pass


@asynccontextmanager
async def refusing() -> AsyncIterator[HopChannel]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with HopChannel(grpc.aio.insecure_channel(f"127.0.0.1:{port}"), default_timeout_s=10) as channel:
        yield channel
    await server.stop(None)


@pytest.mark.parametrize("count", [1, 5, 300])
@pytest.mark.parametrize("call", [for_one, for_many])
async def test_a_refusal_in_mid_stream_keeps_its_status(
    call: Callable[[HopChannel, int], Awaitable[None]], count: int
) -> None:
    """However much the client still had to send, it learns why it was refused; every time, not most times."""
    codes = set()
    async with refusing() as channel:
        for _ in range(ROUNDS):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(channel, count)
            codes.add((caught.value.code(), caught.value.details()))

    assert codes == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")}

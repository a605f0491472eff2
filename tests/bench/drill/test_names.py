"""Names that mean every replica, as gRPC asks for them."""

import asyncio

import grpc
import grpc.aio
import pytest

from bench.drill.names import naming


class Everywhere(grpc.GenericRpcHandler):
    """Answers any call with where it was answered."""

    def __init__(self, place: str) -> None:
        self._place = place

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def tell(_request: bytes, _context: object) -> bytes:
            return self._place.encode()

        return grpc.unary_unary_rpc_method_handler(tell)


async def server(host: str, port: int) -> tuple[grpc.aio.Server, int]:
    made = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    made.add_generic_rpc_handlers((Everywhere(host),))
    bound = made.add_insecure_port(f"{host}:{port}")
    await made.start()
    return made, bound


async def test_a_channel_calls_every_replica_of_a_name() -> None:
    """By turns, though it was told one name alone."""
    first, port = await server("127.0.1.1", 0)
    second, _ = await server("127.0.1.2", port)
    heard: set[bytes] = set()
    async with naming({"echo": ["127.0.1.1", "127.0.1.2"]}) as names, channel_to(names, port) as channel:
        async with asyncio.timeout(10):
            while len(heard) < 2:
                heard.add(await where(channel))
    assert heard == {b"127.0.1.1", b"127.0.1.2"}
    for each in (first, second):
        await each.stop(0)


async def test_a_name_that_nobody_has_is_unknown() -> None:
    """Said at once."""
    async with naming({}) as names, channel_to(names, 1) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await where(channel)

        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def channel_to(names: str, port: int) -> grpc.aio.Channel:
    options = [("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}')]
    return grpc.aio.insecure_channel(f"dns://{names}/echo:{port}", options=options)


async def where(channel: grpc.aio.Channel) -> bytes:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/where/ever")
    return await call(b"", timeout=10)

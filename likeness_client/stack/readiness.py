"""Whether a service serves, by the standard health protocol, and which recogniser an embedder has."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import grpc
import grpc.aio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from likeness.embedder.v1 import embedder_pb2
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceStub

_LOOK_AGAIN_S = 0.1
_ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often life is asked for, and after how many answers that did not come it is taken for gone."""

    every_s: float = 5.0
    misses: int = 6


async def until_serving(address: str, service: str) -> None:
    """Returns when it is ready; before, it loads, or nothing listens there at all."""
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        while not await _serves(channel, service):  # noqa: ASYNC110 - it is another process that gets ready
            await asyncio.sleep(_LOOK_AGAIN_S)


async def until_lifeless(address: str, pulse: Pulse) -> None:
    """Returns when it has not called itself alive so many times in a row: a loop that is stuck, a device that hangs."""
    missed = 0
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        while missed < pulse.misses:
            await asyncio.sleep(pulse.every_s)
            missed = 0 if await _serves(channel, "", pulse.every_s) else missed + 1


async def recogniser_at(address: str) -> str:
    """Id of the recogniser that a ready embedder has."""
    async with grpc.aio.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        answer = await EmbedderServiceStub(channel).GetInfo(
            embedder_pb2.GetInfoRequest(), timeout=_ASK_S, wait_for_ready=True
        )
        return str(answer.recogniser.id)


async def _serves(channel: grpc.aio.Channel, service: str, timeout_s: float = _ASK_S) -> bool:
    """Not yet bound, not yet registered and not yet ready are one thing here."""
    request = HealthCheckRequest(service=service)
    with suppress(grpc.aio.AioRpcError):
        answer = await HealthStub(channel).Check(request, timeout=timeout_s)  # type: ignore[attr-defined]
        return bool(answer.status == HealthCheckResponse.SERVING)
    return False

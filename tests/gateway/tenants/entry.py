"""The public port as the gateway opens it, with a servicer behind it that only notes who came through."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from likeness.gateway.v1 import gateway_pb2
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database
from gateway.tenants.caller import Caller, caller
from gateway.tenants.door import Door, open_door
from gateway.tenants.settings import TenantSettings
from services.common.peers import public
from services.common.serving import serving
from tests.running import until

SERVICE = gateway_pb2.DESCRIPTOR.services_by_name["GatewayService"]
RPCS: Mapping[str, MethodDescriptor] = SERVICE.methods_by_name
Act = Callable[[str], Awaitable[None]]


async def _nothing(rpc: str) -> None:
    return None


@dataclass
class Behind:
    """Every RPC of the contract. What `act` does or raises happens in the handler, where a servicer would be."""

    act: Act = _nothing
    seen: list[tuple[str, Caller]] = field(default_factory=list)

    def add(self, _: object, server: Any) -> None:
        handlers = {name: self._handler(method) for name, method in RPCS.items()}
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE.full_name, handlers),))

    def _handler(self, method: MethodDescriptor) -> Any:
        asked = message_factory.GetMessageClass(method.input_type)
        answered = message_factory.GetMessageClass(method.output_type)

        async def one(request: Any, context: Any) -> Any:
            if method.client_streaming:
                async for _ in request:
                    pass
            await self._note(method.name)
            return answered()

        async def many(request: Any, context: Any) -> AsyncIterator[Any]:
            yield answered()
            await self._note(method.name)
            yield answered()

        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        handle = many if method.server_streaming else one
        return make(handle, asked.FromString, answered.SerializeToString)

    async def _note(self, rpc: str) -> None:
        await self.act(rpc)
        self.seen.append((rpc, caller()))


@dataclass
class Entry:
    """A running port."""

    door: Door
    behind: Behind
    channel: grpc.aio.Channel
    metrics: GatewayMetrics

    @property
    def stub(self) -> Any:
        return GatewayServiceStub(self.channel)

    async def call(self, rpc: str, key: str | None = None, request: Any = None, **headers: str) -> None:
        """Through to its end, whatever streams."""
        shown = () if key is None else (("authorization", f"Bearer {key}"),)
        metadata = (*shown, *((name, value) for name, value in headers.items()))
        method = RPCS[rpc]
        message = request or message_factory.GetMessageClass(method.input_type)()
        sent = iter([message]) if method.client_streaming else message
        call = getattr(self.stub, rpc)(sent, metadata=metadata, timeout=10)
        if not method.server_streaming:
            await call
            return
        async for _ in call:
            pass


@asynccontextmanager
async def open_entry(
    database: Database, threads: Threads, metrics: GatewayMetrics, act: Act = _nothing, **chosen: object
) -> AsyncIterator[Entry]:
    settings = TenantSettings(**{"auth": "required", **chosen})  # type: ignore[arg-type]
    behind = Behind(act)
    async with (
        open_door(settings, database, threads, metrics) as door,
        serving(settings, metrics, name="gateway", entrance=public(None, door.admit)) as shell,
    ):
        await shell.offer(None, behind.add, SERVICE.full_name)
        served = asyncio.ensure_future(shell.until_stopped())
        await until(lambda: metrics.registry.get_sample_value("likeness_ready") == 1)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{shell.grpc_port}") as channel:
            yield Entry(door, behind, channel, metrics)
        shell.stop()
        await served

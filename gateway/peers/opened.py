"""The four together, with their channels."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from gateway.dispatch import Again, Dispatch
from gateway.metrics import GatewayMetrics
from gateway.peers import embedder, generator, upscaler, verifier
from gateway.peers.embedder import Embedder
from gateway.peers.generator import Generator
from gateway.peers.settings import PeerSettings
from gateway.peers.upscaler import Upscaler
from gateway.peers.verifier import Verifier
from likeness_wire.channels import connect
from likeness_wire.hop import HopChannel
from services.common.peers import identity


@dataclass(frozen=True, slots=True)
class Peers:
    """The services behind this gateway."""

    embedder: Embedder
    generator: Generator
    upscaler: Upscaler
    verifier: Verifier


@contextlib.asynccontextmanager
async def open_peers(
    settings: PeerSettings, metrics: GatewayMetrics, *, again: Again | None = None
) -> AsyncIterator[Peers]:
    """Nothing is connected before the first call: services may come later than the gateway, and go away."""
    who = identity(settings)
    async with contextlib.AsyncExitStack() as stack:

        async def channel(name: str, service: str) -> HopChannel:
            target, timeout_s = getattr(settings, name), getattr(settings, f"{name}_timeout_s")
            return await stack.enter_async_context(connect(target, service, default_timeout_s=timeout_s, identity=who))

        def dispatch(name: str) -> Dispatch:
            return Dispatch(name, places=getattr(settings, f"{name}_places"), metrics=metrics, again=again)

        yield Peers(
            Embedder(await channel("embedder", embedder.NAME), dispatch("embedder")),
            Generator(await channel("generator", generator.NAME), dispatch("generator")),
            Upscaler(await channel("upscaler", upscaler.NAME), dispatch("upscaler")),
            Verifier(await channel("verifier", verifier.NAME), dispatch("verifier")),
        )

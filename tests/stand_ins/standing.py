"""All four together, each at a port of its own."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from gateway.dispatch import Again
from gateway.metrics import GatewayMetrics
from gateway.peers import Peers, PeerSettings, open_peers
from tests.stand_ins.embedder import StandInEmbedder
from tests.stand_ins.generator import StandInGenerator
from tests.stand_ins.service import StandIn
from tests.stand_ins.upscaler import StandInUpscaler
from tests.stand_ins.verifier import StandInVerifier

# What is lost in a test is sent again without a pause to speak of.
AT_ONCE = Again(attempts=4, first_pause_s=0.01)


@dataclass(frozen=True, slots=True)
class StandIns:
    """The services."""

    embedder: StandInEmbedder
    generator: StandInGenerator
    verifier: StandInVerifier
    upscaler: StandInUpscaler

    @property
    def all(self) -> tuple[StandIn, ...]:
        return self.embedder, self.generator, self.verifier, self.upscaler

    @property
    def addresses(self) -> dict[str, str]:
        """As fields of PeerSettings."""
        return {service.name: f"127.0.0.1:{service.port}" for service in self.all}

    @property
    def variables(self) -> dict[str, str]:
        """For a gateway in a process of its own."""
        return {f"LIKENESS_{name.upper()}": address for name, address in self.addresses.items()}

    @property
    def calls(self) -> int:
        """Forwards to all of them, without GetInfo."""
        return sum(service.calls for service in self.all)

    def peers(
        self, metrics: GatewayMetrics | None = None, *, again: Again = AT_ONCE, **settings: object
    ) -> AbstractAsyncContextManager[Peers]:
        """The gateway's calls of them."""
        configured = PeerSettings(**(self.addresses | settings))  # type: ignore[arg-type]
        return open_peers(configured, metrics or GatewayMetrics(), again=again)


@contextlib.asynccontextmanager
async def standing() -> AsyncIterator[StandIns]:
    generator = StandInGenerator()
    services = StandIns(StandInEmbedder(), generator, StandInVerifier(generator), StandInUpscaler(generator))
    for service in services.all:
        await service.come()
    try:
        yield services
    finally:
        for service in services.all:
            await service.leave()

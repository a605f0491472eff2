"""Stand-ins for the services, and the gateway's calls of them."""

from collections.abc import AsyncIterator

import pytest

from gateway.metrics import GatewayMetrics
from gateway.peers import Peers, Turn
from services.common.admission import Priority
from tests.stand_ins import StandIns, standing


@pytest.fixture
def turn() -> Turn:
    return Turn("tenant-a", Priority.INTERACTIVE)


@pytest.fixture
def metrics() -> GatewayMetrics:
    return GatewayMetrics()


@pytest.fixture
async def services() -> AsyncIterator[StandIns]:
    async with standing() as services:
        yield services


@pytest.fixture
async def peers(services: StandIns, metrics: GatewayMetrics) -> AsyncIterator[Peers]:
    async with services.peers(metrics) as peers:
        yield peers

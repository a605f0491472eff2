"""A shop for each test, with stand-ins of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.pipeline.shop import Shop, open_shop
from tests.stand_ins import StandIns, standing


@pytest.fixture
async def services() -> AsyncIterator[StandIns]:
    async with standing() as services:
        yield services


@pytest.fixture
async def shop(quick_path: Path, services: StandIns) -> AsyncIterator[Shop]:
    async with open_shop(quick_path / "shop", services) as shop:
        yield shop

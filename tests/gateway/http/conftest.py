"""A gateway with its HTTP face for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.api.conftest import front, made, opening, services
from tests.gateway.api.front import Front
from tests.gateway.http.web import Web, open_web

__all__ = ["front", "made", "opening", "services"]


@pytest.fixture
async def web(front: Front) -> AsyncIterator[Web]:
    async with open_web(front) as web:
        yield web

"""A gateway with its HTTP face for each test."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.gateway.api.conftest import Open, front, made, opening, services
from tests.gateway.api.front import Front
from tests.gateway.http.web import Web, open_web

__all__ = ["front", "made", "opening", "services"]


@pytest.fixture
async def web(front: Front) -> AsyncIterator[Web]:
    async with open_web(front) as web:
        yield web


Opened = Callable[..., AbstractAsyncContextManager[Web]]


@pytest.fixture
def front_with(opening: Open) -> Opened:
    """`async with front_with(photo_max_bytes=1) as web`: a gateway that is told so, and its face."""

    @asynccontextmanager
    async def opened(**settings: object) -> AsyncIterator[Web]:
        async with opening(**settings) as front, open_web(front, **settings) as web:
            yield web

    return opened

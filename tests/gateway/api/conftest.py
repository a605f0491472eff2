"""A front door for each test, on a database that has its tables already: making them takes longer than most tests."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.gateway.api.front import ACME, Caller, Front, open_front
from tests.stand_ins import StandIns, standing

Open = Callable[..., AbstractAsyncContextManager[Front]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")

    async def make() -> None:
        async with standing() as services, open_front(folder, services):
            pass

    asyncio.run(make())
    return folder


@pytest.fixture
async def services() -> AsyncIterator[StandIns]:
    async with standing() as services:
        yield services


@pytest.fixture
def opening(made: Path, quick_path: Path, services: StandIns) -> Open:
    """`async with opening(policy_version="2") as front`."""
    folder = quick_path / "front"
    folder.mkdir(mode=0o700)
    shutil.copy(made / "jobs.sqlite", folder)
    return partial(open_front, folder, services)


@pytest.fixture
async def front(opening: Open) -> AsyncIterator[Front]:
    async with opening() as front:
        yield front


@pytest.fixture
def acme(front: Front) -> Caller:
    return front.caller(ACME)

"""Databases for jobs: a fresh one for each test, of both sorts."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.jobs.register import Register
from gateway.retention.database import Database, connect
from tests.gateway.house import HandClock
from tests.gateway.jobs.toy import Effects, Toy, office
from tests.gateway.servers import Postgres


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no job: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("made") / "jobs.sqlite"

    async def make() -> None:
        async with office(f"sqlite:///{path}", Toy(Effects(path.parent)).course):
            pass

    asyncio.run(make())
    return path


@pytest.fixture
def sqlite(made: Path, quick_path: Path) -> str:
    shutil.copy(made, quick_path / "jobs.sqlite")
    return f"sqlite:///{quick_path / 'jobs.sqlite'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        found: str = request.getfixturevalue("sqlite")
        return found
    server: Postgres = request.getfixturevalue("database_server")
    return server.new_database()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(quick_path: Path, clock: HandClock) -> Iterator[Database]:
    database = Database(connect(f"sqlite:///{quick_path / 'jobs.sqlite'}"), clock)
    database.create_tables()
    yield database
    database.engine.dispose()


@pytest.fixture
def register(database: Database) -> Register:
    return Register(database)


@pytest.fixture
def effects(tmp_path: Path) -> Effects:
    (tmp_path / "effects").mkdir()
    return Effects(tmp_path / "effects")


@pytest.fixture
def toy(effects: Effects) -> Toy:
    return Toy(effects)


@pytest.fixture
def held(effects: Effects) -> "Callable[[str], Held]":
    return lambda point: Held(effects, point)


class Held(Toy):
    """A toy that stops at a point until it is let go."""

    def __init__(self, effects: Effects, point: str) -> None:
        super().__init__(effects)
        self.point = point
        self.go = asyncio.Event()
        self.gate = lambda passed: self.go.wait() if passed == point else None

    @property
    def reached(self) -> bool:
        return self.point in self.seen

"""A fresh job database for each test, of both sorts, by a clock that tests turn by hand."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway.jobs.tables
import gateway.tenants.tables  # noqa: F401 - both add to what is made
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.database import Database, connect
from tests.gateway.house import HandClock
from tests.gateway.servers import Postgres


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tables and no row: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "jobs.sqlite"
    database = Database(connect(f"sqlite:///{path}"))
    database.create_tables()
    database.engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """With all tables."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("quick_path")
        shutil.copy(request.getfixturevalue("empty"), folder / "jobs.sqlite")
        return f"sqlite:///{folder / 'jobs.sqlite'}"
    server: Postgres = request.getfixturevalue("database_server")
    url = server.new_database()
    database = Database(connect(url))
    database.create_tables()
    database.engine.dispose()
    return url


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(url: str, clock: HandClock) -> Iterator[Database]:
    database = Database(connect(url), clock)
    yield database
    database.engine.dispose()


@pytest.fixture
def metrics() -> GatewayMetrics:
    return GatewayMetrics()


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(4)
    yield threads
    threads.close()

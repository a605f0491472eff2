"""The real servers that storage is tested against, one of each per test process, and what tests look into."""

import io
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.logs import JsonLines
from tests.gateway.ceph import Ceph, ceph_cluster, missing_programs
from tests.gateway.servers import Postgres, Seaweed, postgres, seaweedfs


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    with seaweedfs() as server:
        yield server


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    if missing := missing_programs():
        pytest.skip(f"needs Debian's radosgw, ceph-mon and ceph-osd: no {', '.join(missing)} here")
    with ceph_cluster() as server:
        yield server


@pytest.fixture(scope="session")
def database_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: syncing files costs nothing there."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="likeness-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as the process would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)

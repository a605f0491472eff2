"""A web server and a models directory for every test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.models.download import Patience
from tests.services.common.models.web import Web, serving


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as served:
        yield served


@pytest.fixture
def waits() -> list[float]:
    """The waits that a download asked for, in seconds."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    """Patience that does not really wait."""
    return Patience(attempts=4, timeout_s=2, sleep=waits.append)

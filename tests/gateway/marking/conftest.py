"""Pictures, and a marker that signs them with a certificate made once."""

from pathlib import Path

import numpy as np
import pytest
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_TRAINED_ALGORITHMIC

from gateway.marking.marker import Marks, open_marker
from gateway.marking.settings import MarkingSettings
from gateway.pipeline.finishing import Origin, Pixels

DIFFUSED = Origin(
    SOURCE_TRAINED_ALGORITHMIC,
    (MadeBy(service="embedder", engine="dlib"), MadeBy(service="generator", engine="diffusion")),
)


@pytest.fixture(scope="session")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Marks:
    return open_marker(MarkingSettings(), tmp_path_factory.mktemp("data"))


@pytest.fixture
def pixels() -> Pixels:
    """Of a size that no format likes: odd in both directions."""
    rows, columns = np.mgrid[0:61, 0:47]
    return np.stack([rows * 4, columns * 5, rows + columns], axis=2).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"

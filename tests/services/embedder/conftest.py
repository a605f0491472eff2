"""A decoder and an engine for all tests of the embedder."""

from collections.abc import Iterator

import pytest

from services.common.images import Decoder
from services.faces.engine import LocalEngine
from tests.services.faces.running import onnx_engine


@pytest.fixture(scope="package")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


@pytest.fixture(scope="package")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    """Whatever is not blue is a face, and every texture a person."""
    return onnx_engine(tmp_path_factory.mktemp("models"))

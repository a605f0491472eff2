"""What is slow to start, started once."""

from collections.abc import Iterator
from functools import partial

import pytest

from services.upscaler.reading import Reader
from tests.services.upscaler.serving_here import LIMITS, Start, running_upscaler


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """The children that decode."""
    with Reader(LIMITS) as reader:
        yield reader


@pytest.fixture
def upscaler(reader: Reader) -> Start:
    """Starts services on free ports; see `running_upscaler`."""
    return partial(running_upscaler, reader)

"""What a kept picture says of itself."""

import pytest
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import Result as Message

from likeness_client.values.mirror import read
from likeness_client.values.result import Result

FACES = MadeBy(service="embedder", engine="dlib")
ENLARGING = MadeBy(service="upscaler", engine="esrgan")


@pytest.mark.parametrize(
    ("made_by", "engine"),
    [
        ([FACES, MadeBy(service="generator", engine="preview"), ENLARGING], "preview"),
        ([FACES, MadeBy(service="generator", engine="of-next-year")], "of-next-year"),
        ([MadeBy(engine="diffusion")], ""),
        ([FACES, ENLARGING], ""),
    ],
)
def test_the_engine_is_that_of_the_generator(made_by: list[MadeBy], engine: str) -> None:
    """Whatever it is called; others that took part are not taken for it."""
    assert engine == read(Result, Message(made_by=made_by)).engine

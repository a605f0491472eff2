"""`likeness provenance` on files of ours and of others."""

import json
from pathlib import Path

import numpy as np
import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_TRAINED_ALGORITHMIC
from typer.testing import CliRunner, Result

from gateway.marking.marker import open_marker
from gateway.marking.settings import MarkingSettings
from gateway.marking.signing import open_signing
from gateway.pipeline.finishing import Origin
from likeness_client.main import app
from services.common import images

PIXELS = np.full((40, 40, 3), 90, np.uint8)


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """As a gateway gives it out."""
    origin = Origin(SOURCE_TRAINED_ALGORITHMIC, (MadeBy(service="generator", engine="diffusion"),))
    marks = open_marker(MarkingSettings(), tmp_path / "data")
    path = tmp_path / "result.jpg"
    path.write_bytes(marks.encoded(PIXELS, KIND_JPEG, origin).data)
    return path


def provenance(*words: object) -> Result:
    return CliRunner().invoke(app, ["provenance", *map(str, words)])


def test_a_result_is_explained(result: Path) -> None:
    """In words; holding and being vouched for are told apart."""
    done = provenance(result)

    assert 0 == done.exit_code
    assert "made by a trained model" in done.stdout
    assert "holds, but nobody you trust vouches for the signer" in done.stdout
    assert "no trusted time" in done.stdout


def test_programs_get_json(result: Path) -> None:
    """Everything that was found."""
    told = json.loads(provenance(result, "--json").stdout)

    assert told["xmp"]["source_type"].endswith("/trainedAlgorithmicMedia")
    assert (True, False, "Likeness", 0) == tuple(
        told["c2pa"][name] for name in ("holds", "trusted", "generator", "ingredients")
    )


def test_an_authority_can_be_named(result: Path, tmp_path: Path) -> None:
    """Then the signer is one who is trusted."""
    authority = tmp_path / "authority.pem"
    authority.write_text(open_signing(MarkingSettings(), tmp_path / "data").chain)

    assert "holds, by an authority you trust" in provenance(result, "--trust", authority).stdout


def test_a_changed_result_does_not_hold(result: Path) -> None:
    """Exit status 1, though XMP goes on claiming what it did."""
    data = bytearray(result.read_bytes())
    data[-9] ^= 1
    result.write_bytes(data)
    done = provenance(result)

    assert 1 == done.exit_code
    assert "does not hold" in done.stdout
    assert "made by a trained model" in done.stdout


def test_a_picture_that_says_nothing_is_told_as_that(tmp_path: Path) -> None:
    """Exit status 1: nobody has shown where it came from."""
    path = tmp_path / "plain.png"
    path.write_bytes(images.encode_png(PIXELS))
    done = provenance(path)

    assert 1 == done.exit_code
    assert "nothing about its origin" in done.stdout
    assert "no manifest" in done.stdout


@pytest.mark.parametrize(("content", "line"), [(b"GIF89a", "GIF"), (b"hello", "this file"), (None, "No such file")])
def test_what_is_no_picture_is_one_line(tmp_path: Path, content: bytes | None, line: str) -> None:
    """On standard error."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    done = provenance(path)

    assert 1 == done.exit_code
    assert line in done.stderr
    assert 1 == len(done.stderr.splitlines())

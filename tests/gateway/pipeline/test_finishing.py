"""Pictures made ready to be stored."""

import io

import numpy as np
import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_RGB8, KIND_WEBP, Kind, Role
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_COMPOSITE, SOURCE_TRAINED_ALGORITHMIC, Provenance
from PIL import Image

from gateway.pipeline.finishing import Marked, Origin, Pixels, Unmarked, finished, source_of, thumbnail
from likeness_wire.chunks import Blob
from services.common.images import sniff
from tests.stand_ins.renders import stamped

ORIGIN = Origin(SOURCE_TRAINED_ALGORITHMIC, (MadeBy(service="generator", engine="diffusion"),))


def _blob(width: int = 640, height: int = 800) -> Blob:
    return Blob(Role.ROLE_PICTURE, KIND_RGB8, stamped(7, width, height).tobytes(), 0, width, height)


@pytest.mark.parametrize("kind", [KIND_JPEG, KIND_PNG, KIND_WEBP])
def test_a_picture_is_encoded_once_and_made_small_once(kind: Kind) -> None:
    """As asked; the thumbnail is a JPEG with the same picture in it."""
    done = finished(Unmarked(), _blob(), kind, ORIGIN)
    small = Image.open(io.BytesIO(done.thumbnail))
    likeness = np.asarray(small.convert("RGB"), float)[20::40, 20::40]
    expected = stamped(7, 256, 320)[20::40, 20::40]

    assert sniff(done.data) == kind
    assert (done.width, done.height) == Image.open(io.BytesIO(done.data)).size == (640, 800)
    assert (small.format, small.size) == ("JPEG", (256, 320))
    assert np.abs(likeness - expected).mean() < 8


def test_small_pictures_are_not_made_larger() -> None:
    """A thumbnail is at most as large as what it shows."""
    assert Image.open(io.BytesIO(thumbnail(_blob(64, 80)))).size == (64, 80)


def test_who_marks_gets_pixels_and_origin_and_has_the_last_word() -> None:
    """What is stored is what the marker returned, with what it says of it."""

    class Marker:
        def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
            assert pixels.shape == (800, 640, 3)
            assert (kind, origin) == (KIND_PNG, ORIGIN)
            return Marked(b"marked", Provenance(source=origin.source, metadata=True))

    done = finished(Marker(), _blob(), KIND_PNG, ORIGIN)

    assert (done.data, done.provenance.metadata) == (b"marked", True)


def test_an_unmarked_picture_says_so() -> None:
    """Only how it came to be."""
    provenance = finished(Unmarked(), _blob(), KIND_JPEG, ORIGIN).provenance

    assert provenance == Provenance(source=SOURCE_TRAINED_ALGORITHMIC)
    assert source_of("preview") == SOURCE_COMPOSITE
    assert source_of("diffusion") == SOURCE_TRAINED_ALGORITHMIC

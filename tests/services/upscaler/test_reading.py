"""Blobs to pictures, in children where bytes come from outside."""

import io

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from PIL import Image

from likeness_wire.chunks import Blob
from likeness_wire.errors import LikenessError
from services.upscaler.png import encoded
from services.upscaler.reading import Reader
from tests.services.upscaler import small


def _blob(kind: Kind, data: bytes, **size: int) -> Blob:
    return Blob(Role.ROLE_PICTURE, kind, data, **size)


def _reason(reader: Reader, blob: Blob) -> int:
    with pytest.raises(LikenessError) as caught:
        reader.read(blob)
    return caught.value.reason


def test_png_keeps_everything(reader: Reader) -> None:
    """16 bits and transparency, through a child."""
    pixels = small.picture(40, 30, 4, np.uint16).pixels

    assert np.array_equal(pixels, reader.read(_blob(Kind.KIND_PNG, encoded(pixels))).pixels)


def test_rows_are_taken_as_they_are(reader: Reader) -> None:
    """RGB8 needs no decoder."""
    pixels = small.picture(40, 30).pixels

    blob = _blob(Kind.KIND_RGB8, pixels.tobytes(), width=40, height=30)
    assert np.array_equal(pixels, reader.read(blob).pixels)


def test_photos_are_colour_of_8_bits(reader: Reader) -> None:
    """A JPEG, by the decoder that all services share."""
    file = io.BytesIO()
    Image.fromarray(small.picture(40, 30).pixels).save(file, "JPEG")
    picture = reader.read(_blob(Kind.KIND_JPEG, file.getvalue()))

    assert (picture.size, picture.bits, picture.grey) == ((40, 30), 8, False)


def test_the_kind_announced_has_to_be_the_kind_sent(reader: Reader) -> None:
    """Bytes say what they are."""
    data = encoded(small.picture(4, 4).pixels)

    assert _reason(reader, _blob(Kind.KIND_JPEG, data)) == reasons.REASON_UNSUPPORTED_FORMAT


def test_limits_are_kept(reader: Reader) -> None:
    """In bytes and in pixels, whatever the kind."""
    wide = np.zeros((1, 1_000_001, 1), np.uint8)

    assert _reason(reader, _blob(Kind.KIND_PNG, bytes(5_000_001))) == reasons.REASON_TOO_LARGE
    assert _reason(reader, _blob(Kind.KIND_PNG, encoded(wide))) in (reasons.REASON_TOO_LARGE,)
    assert (
        _reason(reader, _blob(Kind.KIND_RGB8, bytes(3_000_003), width=1_000_001, height=1)) == reasons.REASON_TOO_LARGE
    )


def test_truncated_files_are_corrupt_and_the_next_one_is_read(reader: Reader) -> None:
    """The child survives what it refuses."""
    pixels = small.picture(40, 30).pixels
    data = encoded(pixels)

    assert _reason(reader, _blob(Kind.KIND_PNG, data[:-40])) == reasons.REASON_CORRUPT
    assert np.array_equal(pixels, reader.read(_blob(Kind.KIND_PNG, data)).pixels)

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_RGB8, ROLE_PICTURE, Kind

from likeness_wire.chunks import Blob
from likeness_wire.errors import LikenessError
from services.common.images import ImageLimits, decode_trusted, encode_png
from tests.services.common.images.awkward import jpegs, pngs
from tests.services.common.images.awkward.scene import scene


def blob(kind: Kind, data: bytes | bytearray, width: int = 0, height: int = 0) -> Blob:
    return Blob(ROLE_PICTURE, kind, data, width=width, height=height)


def test_rgb8_is_the_bytes_themselves() -> None:
    """No copy is made: what changes in the blob changes in the picture."""
    data = bytearray(scene().tobytes())
    pixels = decode_trusted(blob(KIND_RGB8, data, 96, 64))
    np.testing.assert_array_equal(pixels, scene())

    data[0] ^= 255
    assert pixels[0, 0, 0] == data[0]


def test_our_own_png_comes_back() -> None:
    """To the bit; a bytearray will do."""
    np.testing.assert_array_equal(decode_trusted(blob(KIND_PNG, bytearray(encode_png(scene())))), scene())


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (blob(KIND_RGB8, bytes(300), 10, 11), reasons.REASON_SIZE_MISMATCH),
        (blob(KIND_RGB8, bytes(300)), reasons.REASON_SIZE_MISMATCH),
        (blob(KIND_RGB8, b"", 0, 10), reasons.REASON_SIZE_MISMATCH),
        (blob(KIND_RGB8, bytes(300), 100_000, 100_000), reasons.REASON_TOO_LARGE),
        (blob(KIND_PNG, pngs.claiming(10_000, 10_000)), reasons.REASON_TOO_LARGE),
        (blob(KIND_PNG, encode_png(scene())[:-20]), reasons.REASON_CORRUPT),
        (blob(KIND_PNG, pngs.raw(pngs.header(9, 9), pngs.chunk(b"IEND"))), reasons.REASON_CORRUPT),
        (blob(KIND_PNG, jpegs.jpeg()), reasons.REASON_UNSUPPORTED_FORMAT),
        (blob(KIND_PNG, pngs.grey_of(8)), reasons.REASON_UNSUPPORTED_FORMAT),
        (blob(KIND_JPEG, jpegs.jpeg()), reasons.REASON_UNSUPPORTED_FORMAT),
    ],
)
def test_trust_has_bounds(sent: Blob, reason: reasons.Reason) -> None:
    """A peer that errs is told so, and cannot make us reserve memory."""
    with pytest.raises(LikenessError) as caught:
        decode_trusted(sent)

    assert caught.value.reason == reason


def test_the_limits_are_the_services() -> None:
    """An upscaler takes what an embedder would refuse."""
    with pytest.raises(LikenessError):
        decode_trusted(blob(KIND_PNG, encode_png(scene())), ImageLimits(max_pixels=96 * 64 - 1))

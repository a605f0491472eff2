"""PNG written, and read back by others."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from services.upscaler.pictures import Pixels
from services.upscaler.png import encoded
from tests.services.upscaler import small

EVERY_KIND = [(channels, dtype) for channels in (1, 2, 3, 4) for dtype in (np.uint8, np.uint16)]


def _by_opencv(data: bytes, channels: int) -> Pixels:
    """OpenCV puts blue first, and makes colour of grey with alpha."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:
        return pixels[..., None]
    return pixels[..., {2: [0, 3], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]]


@pytest.mark.parametrize(("channels", "dtype"), EVERY_KIND)
def test_every_kind_reads_back_as_it_was(channels: int, dtype: type[np.unsignedinteger]) -> None:
    """Bit for bit, in another's hands."""
    pixels = small.picture(53, 37, channels, dtype).pixels

    assert np.array_equal(pixels, _by_opencv(encoded(pixels), channels))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (700, 2001)])
def test_every_shape_reads_back_as_it_was(shape: tuple[int, int]) -> None:
    """Also where rows are coded in several stripes."""
    pixels = small.picture(shape[1], shape[0]).pixels
    with Image.open(io.BytesIO(encoded(pixels, threads=2))) as image:
        assert np.array_equal(pixels, np.asarray(image))


def test_threads_do_not_change_a_byte() -> None:
    """A picture is a pure function of its request."""
    pixels = small.picture(2000, 2500).pixels

    assert encoded(pixels, threads=1) == encoded(pixels, threads=4)


def test_nothing_but_pixels_is_written() -> None:
    """No time, no software, no comment."""
    data = encoded(small.picture(8, 8).pixels)
    with Image.open(io.BytesIO(data)) as image:
        image.load()

        assert image.info == {}

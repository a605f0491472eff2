import asyncio
import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from services.common.images import encode_jpeg, encode_png, encode_webp
from services.common.images.encode import srgb_profile
from tests.services.common.images.awkward.case import Pixels
from tests.services.common.images.awkward.scene import saved, scene

Encode = Callable[..., bytes]
ENCODERS = (encode_jpeg, encode_png, encode_webp)


def shown(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (64, 96), (901, 603)])
def test_png_is_lossless(shape: tuple[int, int]) -> None:
    """Whatever the size and however little there is to compress."""
    np.testing.assert_array_equal(shown(encode_png(noise(*shape))), noise(*shape))


def test_png_reads_the_same_everywhere() -> None:
    """A cut-out that is not contiguous, in pieces or whole, is what another encoder would have written."""
    pixels = noise(900, 800)[::2, 100:700, ::-1]
    np.testing.assert_array_equal(shown(encode_png(pixels)), shown(saved(Image.fromarray(pixels), "PNG")))


def test_png_of_a_photo_is_small() -> None:
    """Speed is not bought with size: within a twentieth of what five filters and a search would save."""
    ramp = np.linspace(0, 200, 600)
    smooth = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], 100), axis=-1)
    pixels = (smooth + np.random.default_rng(0).normal(0, 3, smooth.shape)).clip(0, 255).astype(np.uint8)

    assert len(encode_png(pixels)) < 1.05 * len(saved(Image.fromarray(pixels), "PNG", compress_level=6))


def test_webp_is_lossless_where_asked() -> None:
    """And lossy otherwise, but not much."""
    np.testing.assert_array_equal(shown(encode_webp(noise(40, 50), lossless=True)), noise(40, 50))
    assert np.abs(shown(encode_webp(scene())).astype(int) - scene()).mean() < 4


def test_jpeg_keeps_colour_where_asked() -> None:
    """One-pixel stripes of colour survive only at full resolution."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255

    def error(data: bytes) -> float:
        return float(np.abs(shown(data).astype(int) - stripes).mean())

    assert error(encode_jpeg(stripes, full_chroma=True)) < 5 < 50 < error(encode_jpeg(stripes))


@pytest.mark.parametrize("encode", ENCODERS)
def test_the_profile_is_the_only_thing_beside_the_pixels(encode: Encode) -> None:
    """Tagged, it says sRGB to every reader; untagged, it says nothing at all."""
    for tagged in (True, False):
        with Image.open(io.BytesIO(encode(scene(), tagged=tagged))) as image:
            extras = set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}
            assert extras - {"timestamp", "duration"} == ({"icc_profile"} if tagged else set())
            assert dict(image.getexif()) == {}


@pytest.mark.parametrize("encode", ENCODERS)
def test_no_segment_or_chunk_is_unaccounted_for(encode: Encode) -> None:
    """By name, read from the bytes: nothing that could carry a date, a place or a comment."""
    names = {encode_jpeg: _jpeg_names, encode_png: _png_names, encode_webp: _webp_names}[encode](encode(scene()))

    assert set(names) <= {
        *("E0", "DB", "C0", "C4", "DA", "E2"),
        *("IHDR", "iCCP", "IDAT", "IEND"),
        *("VP8X", "ICCP", "VP8 ", "VP8L"),
    }


@pytest.mark.parametrize("encode", ENCODERS)
def test_the_same_picture_is_the_same_file(encode: Encode) -> None:
    """No random id, and the profile was made on the first day of the century, whatever the day."""
    first = encode(scene())
    srgb_profile.cache_clear()

    assert encode(scene()) == first
    assert struct.unpack_from(">6H", srgb_profile(), 24) == (2000, 1, 1, 0, 0, 0)


def test_the_profile_means_srgb() -> None:
    """A colour manager agrees, and it is small."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))

    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert len(srgb_profile()) < 1000


@pytest.mark.parametrize("encode", ENCODERS)
async def test_the_loop_goes_on_meanwhile(encode: Encode) -> None:
    """Encoding in a thread lets the event loop have its turns."""
    pixels = noise(1500, 1500)
    encoding = asyncio.create_task(asyncio.to_thread(encode, pixels))
    turns = 0
    while not encoding.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert len(await encoding) > 0
    assert turns > 5


def _jpeg_names(data: bytes) -> list[str]:
    names, at = [], 2
    while data[at + 1] != 0xDA:
        names.append(f"{data[at + 1]:02X}")
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return names


def _png_names(data: bytes) -> list[str]:
    names, at = [], 8
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode())
        at += 12 + struct.unpack_from(">I", data, at)[0]
    return names


def _webp_names(data: bytes) -> list[str]:
    names, at = [], 12
    while at < len(data):
        names.append(data[at : at + 4].decode())
        length = struct.unpack_from("<I", data, at + 4)[0]
        at += 8 + length + length % 2
    return names

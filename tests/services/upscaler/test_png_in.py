"""PNG as it comes from anywhere."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image, ImageCms

from likeness_wire.errors import BadPhoto, LikenessError
from services.common.images import ImageLimits
from services.common.images import png as png_files
from services.upscaler.pictures import Pixels
from services.upscaler.png import encoded
from services.upscaler.png_in import read_png
from tests.services.upscaler import small
from tests.services.upscaler.test_png import EVERY_KIND


def _read(data: bytes, limits: ImageLimits | None = None) -> Pixels:
    flow = read_png(data, limits or ImageLimits())
    return np.frombuffer(b"".join(map(bytes, flow.parts)), flow.about.dtype).reshape(flow.about.shape)


def _saved(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def _with_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """Behind the header."""
    at = len(png_files.SIGNATURE) + 25
    return data[:at] + png_files.chunk(name, content) + data[at:]


def _linear_profile() -> bytes:
    """sRGB's own, but for red, which is made linear."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tag = profile.index(b"rTRC")
    (start,) = struct.unpack_from(">I", profile, tag + 4)
    profile[start : start + 14] = b"curv" + bytes(4) + struct.pack(">IH", 1, 1 << 8)
    return bytes(profile)


@pytest.mark.parametrize(("channels", "dtype"), EVERY_KIND)
def test_depth_grey_and_transparency_are_the_files_own_word(channels: int, dtype: type[np.unsignedinteger]) -> None:
    """Also a dark picture of 16 bits, every value of which would fit into 8."""
    pixels = small.picture(53, 37, channels, dtype).pixels
    dark = (pixels // 512 if dtype is np.uint16 else pixels // 4).astype(dtype)

    for expected in (pixels, dark):
        assert np.array_equal(expected, _read(encoded(expected)))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_files_of_others_with_16_bits_are_read_whole(channels: int) -> None:
    """OpenCV's filters and order."""
    pixels = np.random.default_rng(0).integers(0, 65_536, (41, 29, channels)).astype(np.uint16)
    swapped = pixels[..., {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[channels]]
    data = cv2.imencode(".png", swapped)[1].tobytes()

    assert np.array_equal(pixels, _read(data))


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("LA", 2), ("P", 3), ("RGB", 3), ("RGBA", 4)])
def test_every_mode_becomes_one_of_four(mode: str, channels: int) -> None:
    """Palettes are colours, bits are grey."""
    image = Image.fromarray(small.picture(21, 13).pixels).convert(mode)
    expected = image.convert({"1": "L", "P": "RGB"}.get(mode, mode))

    assert np.array_equal(np.asarray(expected).reshape(13, 21, channels), _read(_saved(image)))


@pytest.mark.parametrize(("dtype", "opaque"), [(np.uint8, 255), (np.uint16, 65_535)])
@pytest.mark.parametrize("channels", [1, 3])
def test_one_colour_may_stand_for_transparency(channels: int, dtype: type[np.unsignedinteger], opaque: int) -> None:
    """Only that colour, compared in all its bits."""
    pixels = small.picture(9, 7, channels, dtype).pixels.copy()
    key = pixels[3, 4].copy()
    pixels[0, 0] = key
    pixels[0, 1] = key ^ 1  # in 16 bits the same but for the last
    data = _with_chunk(encoded(pixels), b"tRNS", b"".join(struct.pack(">H", int(value)) for value in key))
    result = _read(data)

    hidden = (pixels == key).all(axis=-1)
    assert np.array_equal(result[..., :-1], pixels)
    assert np.array_equal(result[..., -1], np.where(hidden, 0, opaque))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("channels", "dtype"), EVERY_KIND)
def test_pictures_stand_upright(orientation: int, channels: int, dtype: type[np.unsignedinteger]) -> None:
    """Exif says how; depth makes no difference."""
    pixels = small.picture(11, 6, channels, dtype).pixels
    exif = Image.Exif()
    exif[0x0112] = orientation
    turns = {1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 4: pixels[::-1], 5: pixels.swapaxes(0, 1)}
    turns |= {6: np.rot90(pixels, -1), 7: np.rot90(pixels, 2).swapaxes(0, 1), 8: np.rot90(pixels)}
    data = _with_chunk(encoded(pixels), b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))

    assert np.array_equal(turns[orientation], _read(data))


def test_a_profile_is_applied_to_colours_and_not_to_transparency() -> None:
    """Eight bits are converted to sRGB."""
    pixels = small.picture(16, 16, 4).pixels
    plain = _read(encoded(pixels))
    converted = _read(_with_chunk(encoded(pixels), b"iCCP", b"x\0\0" + zlib.compress(_linear_profile())))

    assert np.abs(plain[..., 0].astype(int) - converted[..., 0]).max() > 10
    assert np.array_equal(plain[..., 3], converted[..., 3])


def test_16_bits_with_a_foreign_profile_are_refused() -> None:
    """Nobody's colours are changed in silence, nor cut to eight bits to change them."""
    chunk = b"x\0\0" + zlib.compress(_linear_profile())
    data = _with_chunk(encoded(small.picture(16, 16, 3, np.uint16).pixels), b"iCCP", chunk)

    with pytest.raises(BadPhoto, match="convert it to sRGB") as caught:
        _read(data)
    assert caught.value.reason == reasons.REASON_UNSUPPORTED_FORMAT


def test_16_bits_that_say_srgb_at_length_are_taken() -> None:
    """Most files do."""
    pixels = small.picture(16, 16, 3, np.uint16).pixels
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert np.array_equal(pixels, _read(_with_chunk(encoded(pixels), b"iCCP", b"x\0\0" + zlib.compress(srgb))))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_interlaced_files_are_read(dtype: type[np.unsignedinteger]) -> None:
    """As one pass of a single pixel, and as seven of many."""
    pixels = small.picture(19, 11, 3, dtype).pixels

    assert np.array_equal(pixels, _read(_interlaced(pixels)))


def _interlaced(pixels: Pixels) -> bytes:
    """Adam7 without filters."""
    height, width, _ = pixels.shape
    starts = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b"".join(
        b"\0" + row.astype(f">u{pixels.dtype.itemsize}").tobytes()
        for top, left, down, right in starts
        for row in pixels[top::down, left::right]
        if row.size
    )
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.dtype.itemsize, 2, 0, 0, 1)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return png_files.SIGNATURE + b"".join(png_files.chunk(name, content) for name, content in parts)


@given(st.integers(0, 2000), st.binary(min_size=0, max_size=4), st.sampled_from([np.uint8, np.uint16]))
@settings(max_examples=150, deadline=None)
def test_damage_is_told_and_never_guessed_around(at: int, junk: bytes, dtype: type[np.unsignedinteger]) -> None:
    """Cut off or overwritten anywhere: a typed refusal, or what was there."""
    pixels = small.picture(24, 17, 3, dtype).pixels
    data = encoded(pixels)
    at %= len(data)
    for torn in (data[:at], data[:at] + junk + data[at + len(junk) :]):
        try:
            result = _read(torn)
        except LikenessError as error:
            assert error.reason in (
                reasons.REASON_CORRUPT,
                reasons.REASON_TOO_LARGE,
                reasons.REASON_DECODE_LIMIT,
                reasons.REASON_UNSUPPORTED_FORMAT,
            )
        else:
            assert np.array_equal(result, pixels)


def test_size_is_checked_before_pixels_are_decoded() -> None:
    """A bomb of a few bytes stays one."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 16, 6, 0, 0, 0)
    data = png_files.SIGNATURE + png_files.chunk(b"IHDR", header) + png_files.chunk(b"IEND", b"")

    with pytest.raises(BadPhoto) as caught:
        _read(data)
    assert caught.value.reason == reasons.REASON_TOO_LARGE

"""A PNG as it is: grey stays grey, transparency stays, and 16 bits stay 16 because the file says so.

Runs in a child process, like everything that decodes; imports nothing but what that takes. Pillow keeps 8 bits of 16 in
colour, the upper or the lower ones by the order that it is told; so deep pictures are decoded once for each.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from numpy.typing import NDArray
from PIL import Image

from likeness_wire.errors import BadPhoto, LikenessError
from services.common.child import Flow
from services.common.images import ImageLimits, colour, geometry, png
from services.common.images.header import Header
from services.common.images.refusals import corrupt

_OPAQUE = 0xFFFF
# Offsets into a file whose header comes first, as the checked ones do: depth and kind of colour, checksum.
_DEPTH, _COLOUR, _HEADER_SUM = 24, 25, 29
_GREY_ALPHA, _RGBA = 4, 6
# Rows that travel to the parent at once.
_PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """How the bytes are to be read: (h, w, c) in native order."""

    shape: tuple[int, int, int]
    dtype: str


def read_png(data: bytes, limits: ImageLimits) -> Flow[Layout]:
    """Upright, in sRGB, with 1 to 4 channels."""
    header = png.read_header(data)
    header.check(limits)
    try:
        pixels = _deep(header) if png.is_deep(header) else _shallow(header)
    except (LikenessError, MemoryError):
        raise
    except Exception as error:
        # Whatever Pillow says of bytes that it cannot read, to the sender it means one thing.
        raise corrupt(Kind.KIND_PNG) from error
    return Flow(Layout(pixels.shape, str(pixels.dtype)), pixels.nbytes, _parts(np.ascontiguousarray(pixels)))


def warm_up() -> None:
    """What Pillow puts off until its first use."""
    file = io.BytesIO()
    Image.new("RGBA", (8, 8)).save(file, "PNG")
    list(read_png(file.getvalue(), ImageLimits()).parts)


def _shallow(header: Header) -> NDArray[Any]:
    """At most 8 bits a channel."""
    image = _upright(_opened(header.stripped), header)
    if image.mode == "P" or "transparency" in image.info:
        transparent = "transparency" in image.info
        grey = image.mode in ("1", "L")
        image = image.convert("RGBA" if transparent else "RGB")
        image = image.convert("LA") if grey else image
    elif image.mode == "1":
        image = image.convert("L")
    return _in_srgb(image, header.profile)


def _in_srgb(image: Image.Image, profile: bytes | None) -> NDArray[Any]:
    """Transparency is no colour: no profile touches it."""
    plain = image.convert("L" if image.mode in ("L", "LA") else "RGB")
    converted = np.asarray(colour.to_srgb(plain.mode, profile)(plain))
    pixels = converted[..., :1] if plain.mode == "L" else converted
    return np.dstack((pixels, np.asarray(image.getchannel("A")))) if "A" in image.getbands() else pixels


def _deep(header: Header) -> NDArray[Any]:
    """16 bits a channel."""
    if header.profile and not _means_srgb(header):
        raise BadPhoto(
            reasons.REASON_UNSUPPORTED_FORMAT,
            "a PNG of 16 bits with a colour profile other than sRGB is not accepted; convert it to sRGB",
        )
    if header.stripped[_COLOUR] == _GREY_ALPHA:
        # Byte for byte the same file as one of four channels with 8 bits: upper and lower half of grey and of alpha.
        halves = np.asarray(_upright(_opened(_as_rgba8(header.stripped)), header))
        return _joined(halves[..., 0::2], halves[..., 1::2])
    image = _opened(header.stripped)
    key = image.info.get("transparency")
    if image.mode == "I;16":
        pixels = _turned(np.asarray(image), header)[..., None]
    else:
        lower = np.asarray(_upright(_opened(header.stripped, lower=True), header))
        pixels = _joined(np.asarray(_upright(image, header)), lower)
    return pixels if key is None else _keyed(pixels, key)


def _joined(upper: NDArray[Any], lower: NDArray[Any]) -> NDArray[Any]:
    pixels = upper.astype(np.uint16)
    pixels <<= 8
    pixels |= lower
    return pixels


def _keyed(pixels: NDArray[Any], key: int | tuple[int, ...]) -> NDArray[Any]:
    """One colour stands for what is not there."""
    hidden = (pixels == np.array(key, pixels.dtype)).all(axis=-1)
    return np.dstack((pixels, np.where(hidden, 0, _OPAQUE).astype(np.uint16)))


def _opened(data: bytes, *, lower: bool = False) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # the limits were checked already, and are ours to set
    image = Image.open(io.BytesIO(data), formats=("PNG",))
    if lower:
        image.tile = [tile._replace(args=str(tile.args).replace("16B", "16L")) for tile in image.tile]
    image.load()
    return image


def _upright(image: Image.Image, header: Header) -> Image.Image:
    return geometry.turned(image, header.orientation)


def _turned(pixels: NDArray[Any], header: Header) -> NDArray[Any]:
    """Pillow turns no 16-bit image; turning its halves is the same."""
    halves = (pixels >> 8, pixels & 0xFF)
    upper, lower = (np.asarray(_upright(Image.fromarray(half.astype(np.uint8)), header)) for half in halves)
    return _joined(upper, lower)


def _as_rgba8(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[_DEPTH], changed[_COLOUR] = 8, _RGBA
    start = len(png.SIGNATURE) + 4
    struct.pack_into(">I", changed, _HEADER_SUM, zlib.crc32(changed[start:_HEADER_SUM]))
    return bytes(changed)


def _means_srgb(header: Header) -> bool:
    """Whether the profile changes nothing, tried on all greys, or on colours from all of the cube."""
    if header.stripped[_COLOUR] in (0, _GREY_ALPHA):
        sample = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    else:
        cube = np.stack(np.meshgrid(*[np.linspace(0, 255, 17)] * 3), axis=-1).astype(np.uint8)
        sample = Image.fromarray(cube.reshape(17 * 17, 17, 3))
    converted = colour.to_srgb(sample.mode, header.profile)(sample)
    difference = np.asarray(converted).astype(int) - np.asarray(sample.convert("RGB"))
    return bool(np.abs(difference).max() <= 1)


def _parts(pixels: NDArray[Any]) -> Iterator[memoryview]:
    flat = pixels.reshape(-1).view(np.uint8).data
    for start in range(0, len(flat), _PART_BYTES):
        yield flat[start : start + _PART_BYTES]

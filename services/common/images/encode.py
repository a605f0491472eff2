"""Finished pictures as files, with nothing in them but pixels and, if wanted, the statement that they are sRGB.

Pixels are height × width × 3, uint8. The functions block, without the interpreter's lock for nearly all of the time.
"""

import io
import os
import zlib
from collections.abc import Iterator
from functools import cache
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from services.common.images import png

Pixels = NDArray[np.uint8]

_PNG_RGB8 = bytes((8, 2, 0, 0, 0))
_PNG_AVERAGE = 3
_PIECE_ROWS_BYTES = 1 << 20
# Where profiles keep the moment they were made, and a digest that may be zero.
_PROFILE_DATE = slice(24, 36)
_PROFILE_ID = slice(84, 100)
_SOME_DAY = bytes((7, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))


def encode_jpeg(pixels: Pixels, *, quality: int = 92, full_chroma: bool = False, tagged: bool = True) -> bytes:
    """`full_chroma` keeps colour at full resolution, for a third more bytes."""
    profile = srgb_profile() if tagged else None
    with _memory_file() as file:
        Image.fromarray(pixels).save(
            file, "JPEG", quality=quality, subsampling=0 if full_chroma else 2, icc_profile=profile
        )
        file.seek(0)
        return file.read()


def encode_webp(pixels: Pixels, *, quality: int = 90, lossless: bool = False, tagged: bool = True) -> bytes:
    """`quality` is effort where it is lossless. At most 16,383 pixels a side."""
    file = io.BytesIO()
    profile = srgb_profile() if tagged else None
    Image.fromarray(pixels).save(file, "WEBP", quality=quality, lossless=lossless, method=2, icc_profile=profile)
    return file.getvalue()


def encode_png(pixels: Pixels, *, tagged: bool = True) -> bytes:
    """Lossless and fast: Pillow tries five filters on every row, which costs a photo five times this and saves 1 %."""
    height, width, _ = pixels.shape
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + _PNG_RGB8
    parts = [png.SIGNATURE, png.chunk(b"IHDR", header)]
    if tagged:
        parts.append(png.chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile())))
    # Photos leave no repetitions but runs; looking for others is nearly all that deflate does with its time.
    deflate = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    parts += (png.chunk(b"IDAT", packed) for rows in _averaged(pixels) if (packed := deflate.compress(rows)))
    parts += (png.chunk(b"IDAT", deflate.flush()), png.chunk(b"IEND", b""))
    return b"".join(parts)


@cache
def srgb_profile() -> bytes:
    """The same bytes always: lcms writes the time of day into a profile; a picture tells nobody when it was made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = _SOME_DAY
    profile[_PROFILE_ID] = bytes(16)
    return bytes(profile)


def _averaged(pixels: Pixels) -> Iterator[memoryview]:
    """PNG rows, each byte less the mean of its neighbours to the left and above; some rows at a time."""
    height, width, _ = pixels.shape
    rows = np.ascontiguousarray(pixels).reshape(height, width * 3)
    above = np.zeros((1, width * 3), np.uint8)
    step = max(1, _PIECE_ROWS_BYTES // (width * 3))
    for top in range(0, height, step):
        piece = rows[top : top + step]
        up = np.concatenate((above, piece[:-1]))
        left = np.zeros_like(piece)
        left[:, 3:] = piece[:, :-3]
        filtered = np.empty((len(piece), 1 + width * 3), np.uint8)
        filtered[:, 0] = _PNG_AVERAGE
        # The mean, rounded down, without a ninth bit.
        np.subtract(piece, (left & up) + ((left ^ up) >> 1), out=filtered[:, 1:])
        above = piece[-1:]
        yield filtered.data


def _memory_file() -> IO[bytes]:
    """Into a descriptor Pillow encodes without holding the interpreter's lock. It lives in memory, under no name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("picture"), "w+b")
    return io.BytesIO()

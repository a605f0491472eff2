"""WebP files: the RIFF around them, and libwebp's own decoder.

Pillow reads every WebP as an animation, four copies of the pixels at once: 24 megapixels would exceed the memory limit.
libwebp comes inside Pillow and writes packed pixels where it is told to; we ask it directly.
"""

import ctypes
import struct
from collections.abc import Iterator
from functools import cache

from likeness.common.v1.chunk_pb2 import KIND_WEBP
from PIL import _webp

from services.common.images import exif, profile
from services.common.images.header import Header
from services.common.images.refusals import animated, corrupt, too_large

_ANIMATION = 0x02
_LOSSLESS_ALPHA = 0x10
_MOST_CHUNKS = 4096
# libwebp unpacks a lossless picture as a whole before it hands it over.
_LOSSLESS_BYTES = 4
_SHORTEST = {b"VP8X": 10, b"VP8 ": 10, b"VP8L": 5}


def read_header(data: bytes) -> tuple[Header, str]:
    """The header, and the mode: RGB or RGBA."""
    size: tuple[int, int] | None = None
    upright, icc, mode, working = 1, None, "RGB", 0
    for name, content in _chunks(data):
        if name in (b"ANIM", b"ANMF") or (name == b"VP8X" and content[0] & _ANIMATION):
            raise animated("WebP")
        if name in (b"VP8 ", b"VP8L"):
            if size is not None:
                raise corrupt(KIND_WEBP, "two pictures in one")
            size = _lossy_size(content) if name == b"VP8 " else _lossless_size(content)
            working = 0 if name == b"VP8 " else _LOSSLESS_BYTES
            mode = "RGBA" if name == b"VP8L" and content[4] & _LOSSLESS_ALPHA else mode
        elif name == b"ALPH":
            mode = "RGBA"
        elif name == b"ICCP":
            icc = profile.bounded(bytes(content))
        elif name == b"EXIF":
            upright = exif.orientation(bytes(content))
    if size is None:
        raise corrupt(KIND_WEBP)
    width, height = size
    working_bytes = (working + len(mode)) * width * height
    return Header(KIND_WEBP, width, height, upright, working_bytes, icc, data), mode


def decode(header: Header, channels: int) -> bytearray:
    """Packed rows of RGB or RGBA bytes."""
    pixels = bytearray(header.width * header.height * channels)
    target = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    into = libwebp().WebPDecodeRGBInto if channels == 3 else libwebp().WebPDecodeRGBAInto
    if not into(header.stripped, len(header.stripped), target, len(pixels), header.width * channels):
        raise corrupt(KIND_WEBP)
    return pixels


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    (riff_length,) = struct.unpack_from("<I", data, 4)
    end = 8 + riff_length
    if end > len(data):
        raise corrupt(KIND_WEBP)
    view, at = memoryview(data), 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end or length < _SHORTEST.get(name, 0):
            raise corrupt(KIND_WEBP)
        yield name, view[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    raise too_large("chunks", _MOST_CHUNKS)


def _lossy_size(content: memoryview) -> tuple[int, int]:
    """Of a VP8 key frame: two times 14 bits behind the start code."""
    if bytes(content[3:6]) != b"\x9d\x01\x2a":
        raise corrupt(KIND_WEBP)
    width, height = struct.unpack_from("<HH", content, 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(content: memoryview) -> tuple[int, int]:
    """Of a VP8L stream: two times 14 bits, each less by one, behind the signature."""
    if content[0] != 0x2F:
        raise corrupt(KIND_WEBP)
    (bits,) = struct.unpack_from("<I", content, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


@cache
def libwebp() -> ctypes.CDLL:
    """Symbols are looked up in what Pillow's module depends on, so the library's file name does not matter."""
    library = ctypes.CDLL(_webp.__file__)
    for name in ("WebPDecodeRGBInto", "WebPDecodeRGBAInto"):
        function = getattr(library, name)
        function.restype = ctypes.c_void_p
        function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return library

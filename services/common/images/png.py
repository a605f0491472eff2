"""PNG files: every chunk's checksum, the header, and the file again without its text, times and private chunks."""

import struct
import zlib
from collections.abc import Iterator

from likeness.common.v1.chunk_pb2 import KIND_PNG

from services.common.images import exif, profile
from services.common.images.header import Header
from services.common.images.refusals import animated, corrupt, too_large

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
# Encoders write the pixels in pieces of 8 KiB and more; 25 MB of empty chunks are an attack on our patience.
_MOST_CHUNKS = 50_000
_PILLOW_BYTES = 4


def read_header(data: bytes) -> Header:
    size: tuple[int, int] | None = None
    upright = 1
    icc: bytes | None = None
    view = memoryview(data)
    needed = [view[: len(SIGNATURE)]]
    for name, start, content in _chunks(data):
        if (name == b"IHDR") != (size is None):
            raise corrupt(KIND_PNG)
        if name in _NEEDED:
            needed.append(view[start : start + 12 + len(content)])
        if name == b"IHDR":
            size = _size(content)
        elif name == b"iCCP":
            icc = profile.inflated(bytes(content).partition(b"\0")[2][1:])
        elif name == b"eXIf":
            upright = exif.orientation(bytes(content))
        elif name == b"acTL" and int.from_bytes(content[:4], "big") > 1:
            raise animated("PNG")
    if size is None:
        raise corrupt(KIND_PNG)
    width, height = size
    return Header(KIND_PNG, width, height, upright, _PILLOW_BYTES * width * height, icc, b"".join(needed))


def is_deep(header: Header) -> bool:
    """Whether samples have 16 bits."""
    return header.stripped[len(SIGNATURE) + 16] == 16


def shallow(key: int | tuple[int, ...]) -> int | tuple[int, ...]:
    """The colour that stands for transparency, in the 8 bits that are left of 16. It may hide a shade too much."""
    return key >> 8 if isinstance(key, int) else tuple(sample >> 8 for sample in key)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(content, zlib.crc32(name)))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, memoryview]]:
    """Name, where it starts, and content, up to and including the end. What follows the end is nobody's."""
    view = memoryview(data)
    at = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(data):
            raise corrupt(KIND_PNG)
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        if end + 4 > len(data) or zlib.crc32(view[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise corrupt(KIND_PNG)
        name = data[at + 4 : at + 8]
        yield name, at, view[at + 8 : end]
        if name == b"IEND":
            return
        at = end + 4
    raise too_large("chunks", _MOST_CHUNKS)


def _size(content: memoryview) -> tuple[int, int]:
    if len(content) != 13:
        raise corrupt(KIND_PNG)
    width, height = struct.unpack_from(">II", content)
    return width, height

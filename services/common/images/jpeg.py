"""JPEG files: what the header says, and the file again without anything that is not needed for its pixels.

Decoders then never see comments, thumbnails, depth maps, gain maps or further frames: phones pack all of these.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from likeness.common.v1.chunk_pb2 import KIND_JPEG

from services.common.images import exif, profile
from services.common.images.header import Header
from services.common.images.refusals import corrupt, too_large

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Tables, restart interval, and the two that say how colours are meant (JFIF, Adobe).
_NEEDED = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, _APP0, _APP14}
_MOST_SEGMENTS = 4096
_PILLOW_BYTES = 4
_EXIF = b"Exif\0\0"
_ICC = b"ICC_PROFILE\0"


def read_header(data: bytes) -> Header:
    frame: _Frame | None = None
    upright: int | None = None
    icc: dict[int, bytes] = {}
    icc_parts = 0
    view = memoryview(data)
    needed = [view[:2]]
    for marker, start, content in _segments(data):
        if marker == _SOS:
            needed.append(view[start:])
        elif marker in _NEEDED:
            needed.append(view[start : start + 4 + len(content)])
        if marker in _FRAMES and frame is None:
            frame = _read_frame(marker, content)
        elif marker == _APP1 and content.startswith(_EXIF) and upright is None:
            upright = exif.orientation(content)
        elif marker == _APP2 and content.startswith(_ICC) and len(content) > 14:
            icc[content[12]], icc_parts = content[14:], content[13]
    if frame is None:
        raise corrupt(KIND_JPEG, "without a frame")
    return Header(
        KIND_JPEG,
        frame.width,
        frame.height,
        upright or 1,
        frame.working_bytes,
        profile.assembled(icc, icc_parts),
        b"".join(needed),
    )


def _segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Marker, where it starts, and content, up to and including the first scan."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while data[at + 1 : at + 2] == b"\xff":
            at += 1  # fill bytes
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] == _EOI:
            raise corrupt(KIND_JPEG)
        marker = data[at + 1]
        if marker in _STANDALONE:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            raise corrupt(KIND_JPEG)
        yield marker, at, data[at + 4 : at + 2 + length]
        if marker == _SOS:
            return
        at += 2 + length
    raise too_large("segments", _MOST_SEGMENTS)


class _Frame(NamedTuple):
    width: int
    height: int
    working_bytes: int


def _read_frame(marker: int, content: bytes) -> _Frame:
    """Progressive files keep two bytes for every sample of the whole picture until the last scan has come."""
    if len(content) < 6 or len(content) < 6 + 3 * content[5]:
        raise corrupt(KIND_JPEG)
    height, width, components = struct.unpack_from(">HHB", content, 1)
    pixels = width * height
    if marker not in _PROGRESSIVE or not components:
        return _Frame(width, height, _PILLOW_BYTES * pixels)
    sampling = [content[7 + 3 * component] for component in range(components)]
    shares = [(rate >> 4) * (rate & 15) for rate in sampling]
    return _Frame(width, height, _PILLOW_BYTES * pixels + 2 * pixels * sum(shares) // max(1, *shares))

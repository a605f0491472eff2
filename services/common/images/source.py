"""Decoded pixels of any origin, as something that pieces can be cut from: whole copies do not fit the memory limit."""

import io
from dataclasses import dataclass, field
from typing import Protocol

from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, Kind
from PIL import Image

from services.common.images import geometry, heic, jpeg, png, webp
from services.common.images.geometry import Box, Size
from services.common.images.header import Header
from services.common.images.limits import ImageLimits


class Pixels(Protocol):
    """As stored, not yet upright. `size` is width and height."""

    @property
    def size(self) -> Size: ...

    def crop(self, box: Box, /) -> Image.Image: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A picture as its file holds it, with what it takes to show it."""

    header: Header
    pixels: Pixels = field(repr=False)


class Packed:
    """Rows of bytes, of which only pieces ever become Pillow images: those take four bytes a pixel."""

    def __init__(self, mode: str, size: Size, stride: int, data: bytes | bytearray) -> None:
        self.size = size
        self._mode = mode
        self._channels = Image.getmodebands(mode)
        self._stride = stride
        self._data = memoryview(data)

    def crop(self, box: Box) -> Image.Image:
        left, top, right, bottom = box
        first, last = left * self._channels, right * self._channels
        rows = (self._data[row * self._stride + first : row * self._stride + last] for row in range(top, bottom))
        return Image.frombytes(self._mode, (right - left, bottom - top), b"".join(rows))


def load(data: bytes, kind: Kind, limits: ImageLimits, fit_within: int | None) -> Source:
    """Header first, limits second, pixels last. A JPEG may come out smaller, never smaller than `fit_within` asks."""
    if kind == KIND_JPEG:
        return _load_jpeg(data, limits, fit_within)
    return {KIND_PNG: _load_png, KIND_WEBP: _load_webp, KIND_HEIC: _load_heic}[kind](data, limits)


def _load_jpeg(data: bytes, limits: ImageLimits, fit_within: int | None) -> Source:
    header = jpeg.read_header(data)
    header.check(limits)
    image = _open(header, "JPEG")
    if fit_within is not None:
        image.draft(None, geometry.fitted((header.width, header.height), fit_within))
    image.load()
    return Source(header, image)


def _load_png(data: bytes, limits: ImageLimits) -> Source:
    header = png.read_header(data)
    header.check(limits)
    image = _open(header, "PNG")
    image.load()
    if "transparency" in image.info and png.is_deep(header):
        image.info["transparency"] = png.shallow(image.info["transparency"])
    return Source(header, image)


def _load_webp(data: bytes, limits: ImageLimits) -> Source:
    header, mode = webp.read_header(data)
    header.check(limits)
    pixels = webp.decode(header, len(mode))
    return Source(header, Packed(mode, (header.width, header.height), header.width * len(mode), pixels))


def _load_heic(data: bytes, limits: ImageLimits) -> Source:
    header, image = heic.read_header(data)
    header.check(limits)
    pixels = image.data
    return Source(header, Packed(image.mode, image.size, image.stride, pixels))


def _open(header: Header, form: str) -> Image.Image:
    """By the one reader that is meant: Pillow knows forty others. Limits are checked already, and are ours to set."""
    Image.MAX_IMAGE_PIXELS = header.width * header.height
    return Image.open(io.BytesIO(header.stripped), formats=(form,))

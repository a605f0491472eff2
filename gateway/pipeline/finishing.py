"""The last of a picture before it is stored: marked, encoded once, and made small for a look at it.

Everything here blocks and belongs in a worker thread.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from likeness.common.v1.chunk_pb2 import KIND_PNG, KIND_WEBP, Kind
from likeness.common.v1.work_pb2 import MadeBy
from likeness.gateway.v1.result_pb2 import SOURCE_COMPOSITE, SOURCE_TRAINED_ALGORITHMIC, Provenance, Source
from numpy.typing import NDArray
from PIL import Image

from likeness_wire.chunks import Blob
from services.common import images

Pixels = NDArray[np.uint8]

# The engine that restages the photo, and synthesises nothing.
_RESTAGING = "preview"
_THUMBNAIL_PX = 320
_THUMBNAIL_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Origin:
    """What a mark may say of a picture: how it came to be, and what made it. Nothing of whom it shows."""

    source: Source
    made_by: tuple[MadeBy, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A picture as a file, and what it was found to say of its origin."""

    data: bytes = field(repr=False)
    provenance: Provenance


class Marker(Protocol):
    """Turns pixels into the file that is stored, once."""

    def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
        """`pixels`: height × width × 3, sRGB. They may be changed, invisibly."""


class Unmarked:
    """Only encodes. The provenance says that nothing is said."""

    def encoded(self, pixels: Pixels, kind: Kind, origin: Origin) -> Marked:
        return Marked(encoded(pixels, kind), Provenance(source=origin.source))


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture ready to be stored."""

    data: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    provenance: Provenance
    width: int
    height: int


def finished(marker: Marker, picture: Blob, kind: Kind, origin: Origin) -> Finished:
    pixels = images.decode_trusted(picture)
    marked = marker.encoded(pixels, kind, origin)
    height, width, _ = pixels.shape
    return Finished(marked.data, _small(pixels), marked.provenance, width, height)


def thumbnail(picture: Blob) -> bytes:
    """A small JPEG."""
    return _small(images.decode_trusted(picture))


def encoded(pixels: Pixels, kind: Kind) -> bytes:
    if kind == KIND_PNG:
        return images.encode_png(pixels)
    if kind == KIND_WEBP:
        return images.encode_webp(pixels)
    return images.encode_jpeg(pixels)


def source_of(engine: str) -> Source:
    return SOURCE_COMPOSITE if engine == _RESTAGING else SOURCE_TRAINED_ALGORITHMIC


def _small(pixels: Pixels) -> bytes:
    image = Image.fromarray(pixels)
    # From a rough half size or smaller: twenty times faster for 4K, and nobody sees it.
    image.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return images.encode_jpeg(np.asarray(image), quality=_THUMBNAIL_QUALITY, tagged=False)

"""From untrusted bytes to upright sRGB rows. Runs in a child process; see `Decoder`.

Decoded pixels are cut into pieces of some rows, and each piece is turned, flattened, scaled and converted on its way
out. So nothing is ever held twice, and the first rows travel while the last are still being made.
"""

import io
from collections.abc import Iterator
from math import ceil, floor

from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, KIND_WEBP, Kind
from PIL import Image, ImageCms
from PIL.Image import Resampling

from likeness_wire.errors import LikenessError
from services.common.child import Flow
from services.common.images import colour, geometry, source
from services.common.images.geometry import Size
from services.common.images.limits import ImageLimits
from services.common.images.refusals import corrupt
from services.common.images.source import Source

# Pieces stay in a core's cache.
_PIECE_PIXELS = 1 << 17
# How far Lanczos looks, in pixels of the result.
_REACH = 3
_LANCZOS_SCALE = 1.9


def read(data: bytes, kind: Kind, limits: ImageLimits, fit_within: int | None) -> Flow[tuple[Size, Size]]:
    """RGB rows of the picture, its width and height, and those it was sent with."""
    try:
        picture = source.load(data, kind, limits, fit_within)
    except (LikenessError, MemoryError):
        raise
    except Exception as error:
        # Whatever a library says of bytes that it cannot read, to the sender it means one thing.
        raise corrupt(kind) from error
    header = picture.header
    upright = geometry.upright_size((header.width, header.height), header.orientation)
    width, height = size = geometry.fitted(upright, fit_within)
    return Flow((size, upright), width * height * 3, _rows(picture, size))


def warm_up() -> None:
    """What libraries put off until their first use, done before the first photo."""
    dot = Image.new("RGB", (8, 8))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form, kind in (("JPEG", KIND_JPEG), ("PNG", KIND_PNG), ("WEBP", KIND_WEBP)):
        file = io.BytesIO()
        dot.save(file, form, icc_profile=profile)
        list(read(file.getvalue(), kind, ImageLimits(), None).parts)


def _rows(picture: Source, size: Size) -> Iterator[memoryview]:
    orientation = picture.header.orientation
    stored = picture.pixels.size
    width, height = geometry.upright_size(stored, orientation)
    scale = height / size[1]
    # Most of a large reduction is done by averaging squares, which costs next to nothing; Lanczos does the rest.
    square = max(1, int(scale / _LANCZOS_SCALE))
    margin = 0 if size == (width, height) else ceil(_REACH * scale)
    step = max(1, int(_PIECE_PIXELS / (width * scale)))
    convert: colour.ToSrgb | None = None
    for top in range(0, size[1], step):
        bottom = min(size[1], top + step)
        first = max(0, floor(top * scale) - margin) // square * square
        last = min(height, -(-(ceil(bottom * scale) + margin) // square) * square)
        piece = picture.pixels.crop(geometry.stored_rows(stored, orientation, first, last))
        piece = colour.flattened(geometry.turned(piece, orientation))
        if margin:
            box = (0, top * scale - first, width, min(bottom * scale, last) - first)
            piece = _scaled(piece, (size[0], bottom - top), box, square)
        convert = convert or colour.to_srgb(piece.mode, picture.header.profile)
        yield memoryview(convert(piece).tobytes())


def _scaled(piece: Image.Image, size: Size, box: tuple[float, float, float, float], square: int) -> Image.Image:
    if square > 1:
        piece = piece.reduce(square)
        box = (0, box[1] / square, box[2] / square, box[3] / square)
    return piece.resize(size, Resampling.LANCZOS, (0, box[1], min(box[2], piece.width), min(box[3], piece.height)))

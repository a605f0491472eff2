"""Pixels from our own services: lossless, bounded, and not worth a child process."""

import io

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_PNG, KIND_RGB8
from numpy.typing import NDArray
from PIL import Image

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadRequest, LikenessError
from services.common.images import png
from services.common.images.limits import ImageLimits
from services.common.images.refusals import corrupt, name_of, too_large, unsupported


def decode_trusted(blob: Blob, limits: ImageLimits | None = None) -> NDArray[np.uint8]:
    """Height × width × 3. RGB8 is a view of the blob's bytes. No profile, orientation or transparency is looked at."""
    limits = limits or ImageLimits()
    if blob.kind == KIND_RGB8:
        return _rows(blob, limits)
    if blob.kind == KIND_PNG:
        return _png(bytes(blob.data), limits)
    raise unsupported(f"{name_of(blob.kind)} between services")


def _rows(blob: Blob, limits: ImageLimits) -> NDArray[np.uint8]:
    width, height = blob.width, blob.height
    if width * height > limits.max_pixels:
        raise too_large("pixels", limits.max_pixels)
    if not width * height or len(blob.data) != width * height * 3:
        message = f"RGB8 of {width} by {height} pixels has {width * height * 3} bytes, not {len(blob.data)}"
        raise BadRequest(reasons.REASON_SIZE_MISMATCH, message)
    return np.frombuffer(blob.data, np.uint8).reshape(height, width, 3)


def _png(data: bytes, limits: ImageLimits) -> NDArray[np.uint8]:
    if not data.startswith(png.SIGNATURE):
        raise unsupported("what is not a PNG")
    header = png.read_header(data)
    header.check(limits)
    try:
        with Image.open(io.BytesIO(header.stripped), formats=("PNG",)) as image:
            if image.mode != "RGB":
                raise unsupported("a PNG between services that is not RGB")
            return np.asarray(image)
    except (LikenessError, MemoryError):
        raise
    except Exception as error:
        raise corrupt(KIND_PNG) from error

"""HEIC files, through libheif: the primary picture alone, turned as the file says."""

from typing import Any

import pillow_heif
from likeness.common.v1.chunk_pb2 import KIND_HEIC
from pillow_heif import HeifImage

from services.common.images import profile
from services.common.images.header import Header

# Planes of libde265, pixels of libheif, and the copy that pillow_heif makes of them.
_WORKING_BYTES = 6

# Tiles of a phone's HEIC decode side by side; two keep a 12 megapixel photo well within the time limit.
pillow_heif.options.DECODE_THREADS = 2
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


def read_header(data: bytes) -> tuple[Header, HeifImage]:
    """libheif turns and mirrors by the file's own boxes; an Exif orientation beside them is there for information."""
    file = pillow_heif.open_heif(data)
    image = file[file.primary_index]
    width, height = image.size
    icc: Any = image.info.get("icc_profile")
    working = _WORKING_BYTES * width * height
    return Header(KIND_HEIC, width, height, 1, working, profile.bounded(icc) if icc else None, data), image

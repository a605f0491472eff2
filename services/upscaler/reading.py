"""Bytes to pictures, with everything a PNG can hold: depth, grey, transparency. Other kinds are photos: 8 bits, RGB."""

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadRequest
from services.common.images import Decoder, ImageLimits
from services.common.images.guard import Guard
from services.common.images.refusals import too_large
from services.upscaler.pictures import Picture
from services.upscaler.png_in import read_png, warm_up


class Reader:
    """Owns the children that decode: one for PNG as it is, one for photos. Its methods block; calls take turns."""

    def __init__(self, limits: ImageLimits) -> None:
        self._limits = limits
        self._photos = Decoder(limits)
        self._pngs = Guard("png", limits, warm_up)

    def start(self) -> None:
        """Warms the child for PNG; that for photos starts with the first one, and most readers never see any."""
        self._pngs.start()

    def close(self) -> None:
        self._pngs.close()
        self._photos.close()

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, blob: Blob) -> Picture:
        """BadPhoto says what is wrong with it."""
        if blob.kind == Kind.KIND_RGB8:
            return self._rows(blob)
        kind = self._pngs.check(blob.data, blob.kind)
        if kind != Kind.KIND_PNG:
            return Picture(self._photos.decode(blob.data, announced=kind))
        layout, pixels = self._pngs.read(read_png, blob.data, kind, self._limits)
        return Picture(np.frombuffer(pixels, layout.dtype).reshape(layout.shape))

    def _rows(self, blob: Blob) -> Picture:
        if blob.width * blob.height > self._limits.max_pixels:
            raise too_large("pixels", self._limits.max_pixels)
        if not blob.width * blob.height or len(blob.data) != blob.width * blob.height * 3:
            raise BadRequest(reasons.REASON_SIZE_MISMATCH, "width × height × 3 is not the size that came")
        return Picture(np.frombuffer(blob.data, np.uint8).reshape(blob.height, blob.width, 3))

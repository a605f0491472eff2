"""Untrusted photos to pixels."""

import numpy as np
from likeness.common.v1.chunk_pb2 import Kind
from numpy.typing import NDArray

from services.common.images import photo
from services.common.images.geometry import Size
from services.common.images.guard import Guard
from services.common.images.limits import ImageLimits


class Decoder(Guard):
    """Owns a child process for all that is accepted. Its methods block: call them from a worker thread."""

    def __init__(self, limits: ImageLimits | None = None) -> None:
        super().__init__("decoder", limits or ImageLimits(), photo.warm_up)

    def __enter__(self) -> "Decoder":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decode(
        self, data: bytes | bytearray | memoryview, *, announced: Kind | None = None, fit_within: int | None = None
    ) -> NDArray[np.uint8]:
        """The photo upright, sRGB, height × width × 3, without a trace of metadata.

        `fit_within`: no side longer than that; saves most of the time for a JPEG. BadPhoto says what is wrong with it.
        """
        return self.decode_sized(data, announced=announced, fit_within=fit_within)[0]

    def decode_sized(
        self, data: bytes | bytearray | memoryview, *, announced: Kind | None = None, fit_within: int | None = None
    ) -> tuple[NDArray[np.uint8], Size]:
        """The same, and width and height of the upright photo as it was sent."""
        kind = self.check(data, announced)
        ((width, height), sent), pixels = self.read(photo.read, data, kind, kind, self.limits, fit_within)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 3), sent

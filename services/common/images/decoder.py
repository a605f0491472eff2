"""Untrusted photos, decoded in a child process that has nothing to lose."""

import logging
import pickle

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from numpy.typing import NDArray

from likeness_wire.errors import LikenessError, Unavailable
from services.common.child import Child, ChildDied, ChildError, ChildOutOfMemory, ChildOverstayed
from services.common.images import photo
from services.common.images.limits import ImageLimits
from services.common.images.refusals import corrupt, over_decode_limit, too_large
from services.common.images.sniff import agree, sniff

_log = logging.getLogger(__name__)

# HEIC is decoded by two threads.
_THREADS = 2
# To end a child that would not, and to say so, within the time that was promised.
_ENDING_S = 0.2


class Decoder:
    """Owns the child. Its methods block: call them from a worker thread. Photos take turns."""

    def __init__(self, limits: ImageLimits | None = None) -> None:
        self.limits = limits or ImageLimits()
        self._child = Child(name="decoder", memory_bytes=self.limits.decode_memory_bytes, initializer=photo.warm_up)

    def start(self) -> None:
        """Warms the child; without it the first photo waits for that."""
        self._child.start()

    def close(self) -> None:
        self._child.close()

    def __enter__(self) -> "Decoder":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Of the child."""
        return self._child.pid

    @property
    def replaced(self) -> int:
        """How many children were lost to photos so far."""
        return self._child.replaced

    def decode(
        self, data: bytes | bytearray | memoryview, *, announced: Kind | None = None, fit_within: int | None = None
    ) -> NDArray[np.uint8]:
        """The photo upright, sRGB, height × width × 3, without a trace of metadata.

        `fit_within`: no side longer than that; saves most of the time for a JPEG. BadPhoto says what is wrong with it.
        """
        return self.decode_sized(data, announced=announced, fit_within=fit_within)[0]

    def decode_sized(
        self, data: bytes | bytearray | memoryview, *, announced: Kind | None = None, fit_within: int | None = None
    ) -> tuple[NDArray[np.uint8], tuple[int, int]]:
        """The same, and width and height of the upright photo as it was sent."""
        if len(data) > self.limits.max_bytes:
            raise too_large("bytes", self.limits.max_bytes)
        kind = sniff(data)
        if announced is not None:
            agree(announced, kind)
        ((width, height), sent), pixels = self._read(pickle.PickleBuffer(bytes(data)), kind, fit_within)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 3), sent

    def _read(
        self, data: pickle.PickleBuffer, kind: Kind, fit_within: int | None
    ) -> tuple[tuple[tuple[int, int], tuple[int, int]], bytearray]:
        seconds = self.limits.decode_s
        try:
            return self._child.gather(
                photo.read, data, kind, self.limits, fit_within, timeout_s=seconds - _ENDING_S, cpu_s=_THREADS * seconds
            )
        except ChildError as error:
            _log.warning("a photo ended its decoder", extra={"how": type(error).__name__})
            raise _meaning(error, kind) from error


def _meaning(error: ChildError, kind: Kind) -> LikenessError:
    if isinstance(error, ChildOverstayed | ChildOutOfMemory):
        return over_decode_limit()
    if isinstance(error, ChildDied) and not error.by_itself:
        return Unavailable(reasons.REASON_WORKER_LOST, "the decoder was ended from outside")
    return corrupt(kind)

"""Readers of untrusted bytes, run in a child process that has nothing to lose."""

import logging
import pickle
from collections.abc import Callable
from typing import Any, TypeVar

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.errors import LikenessError, Unavailable
from services.common.child import Child, ChildDied, ChildError, ChildOutOfMemory, ChildOverstayed, Flow
from services.common.images.limits import ImageLimits
from services.common.images.refusals import corrupt, over_decode_limit, too_large
from services.common.images.sniff import agree, sniff

A = TypeVar("A")

_log = logging.getLogger(__name__)

# HEIC is decoded by two threads.
_THREADS = 2
# To end a child that would not, and to say so, within the time that was promised.
_ENDING_S = 0.2


class Guard:
    """Owns the child. Its methods block: call them from a worker thread. Calls take turns."""

    def __init__(self, name: str, limits: ImageLimits, warm_up: Callable[[], None]) -> None:
        self.limits = limits
        self._child = Child(name=name, memory_bytes=limits.decode_memory_bytes, initializer=warm_up, sealed=True)

    def start(self) -> None:
        """Warms the child; without it the first call waits for that."""
        self._child.start()

    def close(self) -> None:
        self._child.close()

    @property
    def pid(self) -> int | None:
        """Of the child."""
        return self._child.pid

    @property
    def replaced(self) -> int:
        """How many children were lost so far."""
        return self._child.replaced

    def check(self, data: bytes | bytearray | memoryview, announced: Kind | None) -> Kind:
        """What can be said without reading on: small enough, of an accepted kind, and of the kind announced."""
        if len(data) > self.limits.max_bytes:
            raise too_large("bytes", self.limits.max_bytes)
        kind = sniff(data)
        if announced is not None:
            agree(announced, kind)
        return kind

    def read(
        self, function: Callable[..., Flow[A]], data: bytes | bytearray | memoryview, kind: Kind, *args: Any
    ) -> tuple[A, bytearray]:
        """What `function(data, *args)` pours out there. BadPhoto says what is wrong with the bytes."""
        try:
            return self._gather(function, bytes(data), *args)
        except ChildError as error:
            _log.warning("a photo ended its decoder", extra={"how": type(error).__name__})
            raise _meaning(error, kind) from error

    def _gather(self, function: Callable[..., Flow[A]], data: bytes, *args: Any) -> tuple[A, bytearray]:
        """Reading changes nothing, so one that was ended from outside begins again, once."""
        try:
            return self._once(function, data, *args)
        except ChildDied as error:
            if error.by_itself:
                raise
        return self._once(function, data, *args)

    def _once(self, function: Callable[..., Flow[A]], data: bytes, *args: Any) -> tuple[A, bytearray]:
        seconds = self.limits.decode_s
        return self._child.gather(
            function,
            pickle.PickleBuffer(data),
            *args,
            timeout_s=seconds - _ENDING_S,
            cpu_s=_THREADS * seconds,
        )


def _meaning(error: ChildError, kind: Kind) -> LikenessError:
    if isinstance(error, ChildOverstayed | ChildOutOfMemory):
        return over_decode_limit()
    if isinstance(error, ChildDied) and not error.by_itself:
        return Unavailable(reasons.REASON_WORKER_LOST, "the decoder was ended from outside")
    return corrupt(kind)

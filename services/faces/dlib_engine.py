"""The dlib engine in a process of its own: CNN and recogniser hold the GIL for a tenth of a second at a time."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Internal, Unavailable
from services.common.child import Child, ChildError, ChildRaised
from services.faces.dlib_scale import THRESHOLDS, recognition
from services.faces.embedding import Thresholds, Vector
from services.faces.engine import LocalEngine, Seen
from services.faces.face import Pixels

log = logging.getLogger(__name__)

T = TypeVar("T")

NAME = "dlib"
DEVICE = "cpu"
# A photo takes under two seconds even where no look finds a face; a machine that is starting everything is far slower.
_CALL_S = 30.0


@dataclass(frozen=True, slots=True)
class DlibFiles:
    """Where the models are, verified before, and the digest of the recogniser's."""

    cnn: str
    landmarks: str
    recogniser: str
    recogniser_digest: str


@cache
def in_process(files: DlibFiles) -> LocalEngine:
    """The engine itself; once per process."""
    # dlib is imported by the process that runs it, and by no other.
    from services.faces.dlib_detector import DlibDetector
    from services.faces.dlib_recogniser import DlibRecogniser

    recogniser = DlibRecogniser(files.recogniser, files.recogniser_digest)
    return LocalEngine(NAME, DEVICE, DlibDetector(files.cnn, files.landmarks), [recogniser])


def look(files: DlibFiles, photo: Pixels, scale: float) -> Seen:
    """Runs in the child."""
    return in_process(files).look(photo, scale)


def warm_up(files: DlibFiles) -> None:
    """Runs in the child."""
    in_process(files).warm_up()


def embed(files: DlibFiles, crops: Sequence[Pixels]) -> list[Vector]:
    """Runs in the child."""
    return in_process(files).embed(0, crops)


class DlibEngine:
    """A FaceEngine whose work is done by a child, which is replaced if it dies."""

    name = NAME
    device = DEVICE

    def __init__(self, files: DlibFiles, thresholds: Thresholds | None = None) -> None:
        """`thresholds`: an operator's own. The child loads its models with the first call, or when warmed up."""
        self.recognitions = (recognition(files.recogniser_digest, thresholds or THRESHOLDS),)
        self._files = files
        self._child = Child(name=NAME)

    def warm_up(self) -> None:
        self._ask(warm_up)

    def look(self, photo: Pixels, scale: float = 1.0) -> Seen:
        return self._ask(look, photo, scale)

    def embed(self, which: int, crops: Sequence[Pixels]) -> list[Vector]:
        if which != 0:
            raise IndexError("dlib has one recogniser")
        return self._ask(embed, list(crops))

    def close(self) -> None:
        self._child.close()

    def _ask(self, function: Callable[..., T], *args: object) -> T:
        try:
            return self._child.call(function, self._files, *args, timeout_s=_CALL_S)
        except ChildRaised as error:
            log.error("the child raised", extra={"type": error.type_name})
            raise Internal(reasons.REASON_INTERNAL, "looking for faces failed") from error
        except ChildError as error:
            raise Unavailable(reasons.REASON_WORKER_LOST, "the process that looks for faces was lost") from error

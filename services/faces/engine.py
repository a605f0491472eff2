"""The interface of the two engines, and what they share: a detector that finds, recognisers that tell who it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from services.faces.embedding import Recognition, Vector
from services.faces.face import Face, Pixels
from services.faces.report import Report, report_on

# A face with fewer pixels than this in a photo that was decoded small is worth decoding it in full.
_ENOUGH_PX = 160.0


class Detector(Protocol):
    """Finds faces. Not thread-safe: one worker calls it."""

    def find(self, photo: Pixels) -> list[Face]:
        """Every face, in pixels of this photo."""
        ...


class Recogniser(Protocol):
    """Turns a face into numbers. Not thread-safe: one worker calls it."""

    @property
    def recognition(self) -> Recognition: ...

    @property
    def side(self) -> int:
        """Of its crops, in pixels."""
        ...

    def crop(self, photo: Pixels, face: Face) -> Pixels:
        """The face as this recogniser wants it: square, aligned, uint8."""
        ...

    def embed(self, crops: Sequence[Pixels]) -> list[Vector]:
        """Raw embeddings in the order given, of crops from any number of calls in as few runs as the model takes."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What was made of one photo before recognition. Lives as long as its call."""

    report: Report
    crops: tuple[Pixels, ...] = field(repr=False)
    """One for each recogniser; empty where no face is chosen."""
    wants_full_size: bool = False
    """The chosen face is small and the photo was decoded smaller than it is: look again with all its pixels."""


class FaceEngine(Protocol):
    """What services use: in this process, or in a child where a library holds the GIL."""

    @property
    def name(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def recognitions(self) -> tuple[Recognition, ...]:
        """The one that counts first; the others give second opinions."""
        ...

    def look(self, photo: Pixels, scale: float = 1.0) -> Seen:
        """Finds, chooses, judges and crops. `scale`: how many times larger the photo was sent."""
        ...

    def embed(self, which: int, crops: Sequence[Pixels]) -> list[Vector]:
        """Raw embeddings by the recogniser of that index."""
        ...

    def warm_up(self) -> None:
        """Does what libraries put off until they first run: loading, kernels, engines for TensorRT."""
        ...

    def close(self) -> None: ...


class LocalEngine:
    """A detector and recognisers in this process."""

    def __init__(self, name: str, device: str, detector: Detector, recognisers: Sequence[Recogniser]) -> None:
        self.name = name
        self.device = device
        self.recognitions = tuple(recogniser.recognition for recogniser in recognisers)
        self._detector = detector
        self._recognisers = tuple(recognisers)

    def look(self, photo: Pixels, scale: float = 1.0) -> Seen:
        found = self._detector.find(photo)
        report = report_on(photo, found, scale)
        if report.face is None:
            return Seen(report, ())
        face = report.face.scaled(1 / scale)
        crops = tuple(recogniser.crop(photo, face) for recogniser in self._recognisers)
        small = scale > 1.0 and min(face.box.width, face.box.height) < _ENOUGH_PX
        return Seen(report, crops, wants_full_size=small)

    def embed(self, which: int, crops: Sequence[Pixels]) -> list[Vector]:
        return self._recognisers[which].embed(crops)

    def warm_up(self) -> None:
        self._detector.find(np.zeros((640, 640, 3), dtype=np.uint8))
        for recogniser in self._recognisers:
            recogniser.embed([np.zeros((recogniser.side, recogniser.side, 3), dtype=np.uint8)])

    def close(self) -> None:
        """Nothing to end; models go with the last reference."""

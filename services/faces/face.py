"""What a face is to every part of Likeness: a box, a score and five points, in pixels of the upright picture."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""H x W x 3, sRGB, red first, upright."""

Points = npt.NDArray[np.float32]
"""N x 2, x then y. Five are insightface's: eyes, nose tip, mouth corners; of a pair the left in the picture first."""


@dataclass(frozen=True, slots=True)
class Box:
    """Edges in pixels; they may lie outside the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    def scaled(self, factor: float) -> "Box":
        return Box(self.left * factor, self.top * factor, self.right * factor, self.bottom * factor)

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(width, 0.0) * max(height, 0.0)
        return shared / (self.area + other.area - shared) if shared else 0.0


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face. It lives as long as the call that carries its picture."""

    box: Box
    score: float
    """The detector's confidence, on the detector's own scale."""
    key_points: Points = field(repr=False)
    """5 x 2, see Points."""
    landmarks: Points | None = field(default=None, repr=False)
    """68 x 2, from engines whose recogniser aligns by them."""
    unconfirmed: bool = False
    """Seen by only one of the engine's two detectors."""

    def scaled(self, factor: float) -> "Face":
        """The same face in the same picture at another size."""
        landmarks = None if self.landmarks is None else self.landmarks * np.float32(factor)
        points = self.key_points * np.float32(factor)
        return Face(self.box.scaled(factor), self.score, points, landmarks, self.unconfirmed)

"""Where the person is in the photo, in lengths of their own: everything else is measured in units of the face."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Eye to eye over eyes to mouth in a face seen from the front: turned faces narrow, nodding ones shorten, seldom both.
_EYES_BY_MOUTH = 0.90
# How far down from the eyes to the mouth the tip of the nose is in a level face; and how far a head is bent or turned
# at most while its five points can be seen.
_LEVEL_NOSE, _MOST_NOD, _MOST_TURN = 0.52, 0.28, 0.5


@dataclass(frozen=True, slots=True)
class Sitter:
    """The person as five key points tell. Coordinates in pixels of the picture the points are in."""

    eyes: Floats = field(repr=False)
    """Between the eyes, (2,)."""
    down: Floats = field(repr=False)
    """From the eyes towards the mouth, (2,), length 1."""
    unit: float = field(repr=False)
    """The distance between the eyes, as it would be from the front."""
    nod: float = field(repr=False)
    """How far the head is bent: above 0 forwards, showing hair; below 0 backwards, showing the chin. Within ±0.28."""

    turn: float = field(repr=False)
    """How far the tip of the nose is aside of the face's axis, in units: the head is turned that way. Within ±0.5."""

    @classmethod
    def from_points(cls, points: NDArray[np.float32]) -> "Sitter":
        left, right, nose, mouth_left, mouth_right = points.astype(np.float64)
        eyes = (left + right) / 2
        face = (mouth_left + mouth_right) / 2 - eyes
        length = float(np.hypot(*face))
        unit = max(float(np.hypot(*(right - left))), _EYES_BY_MOUTH * length, 1e-3)
        down = face / length if length > 0.1 * unit else np.array([0.0, 1.0])
        ahead = nose - eyes
        nod = float(ahead @ down) / max(length, 0.1 * unit) - _LEVEL_NOSE
        turn = float(ahead @ (down[1], -down[0])) / unit
        return cls(
            eyes=eyes.astype(np.float32),
            down=down.astype(np.float32),
            unit=unit,
            nod=float(np.clip(nod, -_MOST_NOD, _MOST_NOD)),
            turn=float(np.clip(turn, -_MOST_TURN, _MOST_TURN)),
        )

    def along(self, width: int, height: int) -> tuple[Floats, Floats]:
        """For every pixel, how far aside of the face's axis and how far below the eyes it is, in units."""
        right_x, right_y = self.down[1], -self.down[0]
        x = (np.arange(width, dtype=np.float32) - self.eyes[0]) / self.unit
        y = (np.arange(height, dtype=np.float32)[:, None] - self.eyes[1]) / self.unit
        return x * right_x + y * right_y, x * self.down[0] + y * self.down[1]

    def upright(self) -> "Sitter":
        """The same place without the lean of the head: bodies stand straighter than heads."""
        return replace(self, down=np.array([0.0, 1.0], np.float32))

    def moved(self, matrix: NDArray[np.float64]) -> "Sitter":
        """Seen through an affine map, (2, 3), that keeps shapes."""
        turn = matrix[:, :2]
        scale = float(np.sqrt(abs(np.linalg.det(turn))))
        eyes = turn @ self.eyes + matrix[:, 2]
        down = (turn @ self.down / scale).astype(np.float32)
        return replace(self, eyes=eyes.astype(np.float32), down=down, unit=self.unit * scale)

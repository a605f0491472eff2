"""How well a face can be recognised, in numbers that mean the same for every engine."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.faces.crop import luminance, upright_face
from services.faces.face import Face, Pixels
from services.faces.geometry import TEMPLATE_SIZE, face_side, shown
from services.faces.pose import Pose, pose_of
from services.faces.sharpness import sharpness_of

# Skin rather than hair and background: brow to chin, cheek to cheek, as shares of the aligned square.
_TOP, _BOTTOM, _LEFT, _RIGHT = 0.32, 0.96, 0.20, 0.80
# An 8-bit value this near to either end has lost what it showed.
_CLIPPED = 2.5 / 255.0
# Below this there is nothing to measure.
_SMALLEST = 16


class Size(NamedTuple):
    """Of a picture, in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Pixels are those of the upright photo as it was sent, not as it was looked at."""

    eye_distance_px: float
    face_px: float
    """Shorter side of the face's box."""
    sharpness: float
    """0 to about 0.5, see services/faces/sharpness.py."""
    brightness: float
    """Mean luminance, 0 to 1."""
    contrast: float
    """Standard deviation of the luminance, 0 to 1."""
    clipped: float
    """Share of pixels that are pure black or pure white."""
    pose: Pose
    cut_off: float
    """Share of the face that lies outside of the photo."""


def quality_of(pixels: Pixels, face: Face, scale: float = 1.0) -> Quality:
    """`pixels` is the photo as looked at, `scale` how many times larger it was sent."""
    size = max(_SMALLEST, min(TEMPLATE_SIZE, int(face_side(face.key_points))))
    light = luminance(upright_face(pixels, face.key_points, size))
    inside = shown(face.key_points, pixels.shape[1], pixels.shape[0], size)
    skin = _skin(light, inside)
    eyes = face.key_points[1] - face.key_points[0]
    return Quality(
        eye_distance_px=float(np.hypot(*eyes)) * scale,
        face_px=min(face.box.width, face.box.height) * scale,
        sharpness=sharpness_of(light),
        brightness=float(skin.mean()),
        contrast=float(skin.std()),
        clipped=float(((skin < _CLIPPED) | (skin > 1 - _CLIPPED)).mean()),
        pose=pose_of(face.key_points),
        cut_off=float(1 - inside.mean()),
    )


def _skin(light: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Luminance of what the photo shows of it; of all that it shows, where that is nothing."""
    size = len(light)
    window = np.s_[int(_TOP * size) : int(_BOTTOM * size), int(_LEFT * size) : int(_RIGHT * size)]
    skin = light[window][inside[window]]
    return skin if skin.size else light.ravel()

"""Arithmetic on key points: which face is meant, how it is brought upright, and what part of it the photo shows."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from services.faces.face import Box, Face, Points

Matrix = npt.NDArray[np.float64]
"""2 x 3, maps x, y, 1 of the source to x, y of the target."""

TEMPLATE_SIZE = 112
# Where ArcFace wants the five points in its 112 x 112 crop (insightface, utils/face_align.py).
ARCFACE_TEMPLATE: Points = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    dtype=np.float32,
)

# In the 68-point scheme (iBUG 300-W).
_LEFT_EYE, _RIGHT_EYE = slice(36, 42), slice(42, 48)
_NOSE_TIP, _LEFT_MOUTH, _RIGHT_MOUTH = 30, 48, 54

AnyFace = TypeVar("AnyFace", bound=Face)


def largest_face(faces: Sequence[AnyFace]) -> AnyFace:
    """The face whose box has the largest area; the first of equals."""
    return max(faces, key=lambda face: face.box.area)


def rivals(faces: Sequence[Face], chosen: Face, least_ratio: float) -> list[Face]:
    """The other faces that are at least that share of the chosen one's area: it is unclear who is meant."""
    return [face for face in faces if face is not chosen and face.box.area >= least_ratio * chosen.box.area]


def five_of_68(landmarks: Points) -> Points:
    """Insightface's five points out of the 68: an eye is the mean of its six outline points."""
    eyes = [landmarks[_LEFT_EYE].mean(axis=0), landmarks[_RIGHT_EYE].mean(axis=0)]
    rest = [landmarks[_NOSE_TIP], landmarks[_LEFT_MOUTH], landmarks[_RIGHT_MOUTH]]
    return np.array([*eyes, *rest], dtype=np.float32)


def similarity(source: Points, target: Points) -> Matrix:
    """The rotation, uniform scale and shift that bring source nearest to target in the least squares sense.

    Umeyama's solution (IEEE PAMI 13(4), 1991), without reflection. ValueError for points that all coincide.
    """
    start, end = source.astype(np.float64), target.astype(np.float64)
    start_mean, end_mean = start.mean(axis=0), end.mean(axis=0)
    start, end = start - start_mean, end - end_mean
    spread = (start**2).sum()
    if not np.isfinite(spread) or spread <= 0.0:
        raise ValueError("key points coincide, or are not numbers")
    left, strengths, right = np.linalg.svd(end.T @ start)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (left * signs) @ right
    scale = (strengths * signs).sum() / spread
    shift = end_mean - scale * turn @ start_mean
    return np.hstack([scale * turn, shift[:, None]])


def to_template(key_points: Points, size: int = TEMPLATE_SIZE) -> Matrix:
    """Maps the picture onto the aligned square of that size."""
    return similarity(key_points, ARCFACE_TEMPLATE * np.float32(size / TEMPLATE_SIZE))


def face_side(key_points: Points) -> float:
    """The side in pixels of the aligned square as it lies in the picture; a frontal face fills it from brow to chin."""
    turn = to_template(key_points)[:, :2]
    return float(TEMPLATE_SIZE / np.sqrt(np.linalg.det(turn)))


def transform(points: npt.NDArray[np.floating], matrix: Matrix) -> Points:
    """N x 2 points through a matrix."""
    moved: Points = (points.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    return moved


def inverse(matrix: Matrix) -> Matrix:
    """The way back."""
    turn = np.linalg.inv(matrix[:, :2])
    return np.hstack([turn, -turn @ matrix[:, 2:]])


def rotation_about(degrees: float, source: tuple[float, float], target: tuple[float, float]) -> Matrix:
    """Turns the picture clockwise as seen, carrying the source point to the target point."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, (np.array(target) - turn @ np.array(source))[:, None]])


def shown(key_points: Points, width: int, height: int, size: int) -> npt.NDArray[np.bool_]:
    """Which pixels of the aligned square, size x size, the picture holds."""
    steps = (np.arange(size) + 0.5) * (TEMPLATE_SIZE / size)
    square = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    x, y = transform(square, inverse(to_template(key_points))).T
    inside: npt.NDArray[np.bool_] = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    return inside.reshape(size, size)


def bounding_box(points: Points) -> Box:
    """The smallest upright box around the points."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))

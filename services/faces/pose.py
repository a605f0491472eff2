"""Which way a head is turned, from five points. Good to about ten degrees: enough to say "look at the camera"."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.faces.face import Points
from services.faces.geometry import ARCFACE_TEMPLATE

# Depths of an average adult's points towards the camera, in eye distances; x and y are ArcFace's template, which is
# what a head looks like from the front.
_DEPTH = np.array([0.0, 0.0, 0.42, 0.10, 0.10])
# A broad smile lifts and spreads the corners of the mouth by a fifth of the eye distance: they count for little.
_WEIGHTS = np.array([1.0, 1.0, 1.0, 0.1, 0.1])
# How much heads differ, in eye distances, and how people hold theirs for a photo, in degrees: what five points cannot
# tell apart (a long nose, a lowered chin) is decided for the more usual.
_SPREAD, _USUAL_YAW, _USUAL_PITCH = 0.06, 45.0, 20.0
_STEP = 2.0
_YAWS, _PITCHES = np.arange(-90.0, 91.0, _STEP), np.arange(-60.0, 61.0, _STEP)

Complex = npt.NDArray[np.complex128]


class Pose(NamedTuple):
    """Degrees; all zero for a head that faces the camera upright."""

    yaw: float
    """Positive: turned towards the right edge of the picture."""
    pitch: float
    """Positive: looking up."""
    roll: float
    """Positive: tilted clockwise as seen, -180 to 180."""


def pose_of(key_points: Points) -> Pose:
    """The likeliest turn of an average head, seen from far away, whose points these are."""
    seen = _centred(key_points[:, 0].astype(np.float64) + 1j * key_points[:, 1])
    matched = (_VIEWS.conj() * seen * _WEIGHTS).sum(axis=-1)
    # Scale and roll are one complex number, and what it cannot explain is the misfit.
    factor = matched / _ENERGY
    misfit = (_WEIGHTS * np.abs(seen) ** 2).sum() - np.abs(matched) ** 2 / _ENERGY
    cost = misfit / np.abs(factor) ** 2 / _SPREAD**2 + _UNUSUAL
    row, column = np.unravel_index(int(cost.argmin()), cost.shape)
    yaw = _between(_YAWS, cost[:, column], int(row))
    pitch = _between(_PITCHES, cost[row, :], int(column))
    return Pose(yaw, pitch, float(np.rad2deg(np.angle(factor[row, column]))))


def _centred(points: Complex) -> Complex:
    centred: Complex = points - (points * _WEIGHTS).sum(axis=-1, keepdims=True) / _WEIGHTS.sum()
    return centred


def _between(grid: npt.NDArray[np.float64], cost: npt.NDArray[np.float64], best: int) -> float:
    """The bottom of the parabola through the best cost and its neighbours."""
    if not 0 < best < len(grid) - 1:
        return float(grid[best])
    before, here, after = cost[best - 1 : best + 2]
    return float(grid[best] + _STEP * 0.5 * (before - after) / (before - 2 * here + after))


def _views() -> Complex:
    """The average head from every direction of the grid, yaw x pitch x 5, as x + iy."""
    x, y = ((ARCFACE_TEMPLATE - ARCFACE_TEMPLATE[2]) / (ARCFACE_TEMPLATE[1, 0] - ARCFACE_TEMPLATE[0, 0])).T
    # The template is a whisker lopsided; a head is not.
    x, y = (x - x[[1, 0, 2, 4, 3]]) / 2, (y + y[[1, 0, 2, 4, 3]]) / 2
    yaw, pitch = np.deg2rad(_YAWS)[:, None, None], np.deg2rad(_PITCHES)[None, :, None]
    raised = y * np.cos(pitch) - _DEPTH * np.sin(pitch)
    nearer = _DEPTH * np.cos(pitch) + y * np.sin(pitch)
    return _centred(x * np.cos(yaw) + nearer * np.sin(yaw) + 1j * raised)


_VIEWS = _views()
_ENERGY = (_WEIGHTS * np.abs(_VIEWS) ** 2).sum(axis=-1)
_UNUSUAL = (_YAWS[:, None] / _USUAL_YAW) ** 2 + (_PITCHES[None, :] / _USUAL_PITCH) ** 2

"""Pose templates: where a face may be on the canvas, and how a template is fitted to a person.

A template turns, tilts and places one neutral face, whose proportions are those of the ArcFace alignment template. Left
and right are as seen in the picture.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""(5, 2): left eye, right eye, nose, left and right corner of the mouth."""

CANVAS = (896, 1152)
"""On which templates are defined."""

# The neutral face in distances between the eyes, from the middle of the eyes, to the right and down.
_NEUTRAL = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, 0.57), (-0.415, 1.155), (0.415, 1.155)])
# How far each point stands out of the plane of the eyes: what moves sideways when the head turns.
_DEPTH = np.array([0.0, 0.0, 0.6, 0.2, 0.2])
# A person's proportions are followed this far; beyond, it is the photo's perspective rather than the face.
_MOST = 1.2


@dataclass(frozen=True, slots=True)
class Pose:
    """A head on the canvas: degrees of turn (to the right) and tilt (clockwise), eyes' middle and distance in pixels of
    the template's canvas; a smile widens the mouth and lifts its corners.
    """

    turn: float = 0.0
    tilt: float = 0.0
    smile: float = 0.0
    x: float = 448
    y: float = 420
    eyes: float = 150


POSES = {
    "front": Pose(),
    "front-smile": Pose(smile=0.1),
    "left": Pose(turn=-25, x=430),
    "right": Pose(turn=25, x=466),
    "left-smile": Pose(turn=-18, tilt=-3, smile=0.08, x=436),
    "right-smile": Pose(turn=18, tilt=3, smile=0.08, x=460),
    "tilted": Pose(tilt=7, smile=0.04, x=440),
    "close": Pose(eyes=190, y=430),
    "half-body": Pose(eyes=105, y=330),
}


def placed(pose: Pose, width: int, height: int, subject: Points | None = None) -> Points:
    """The points of a pose on a canvas, scaled to its shorter side and centred; in a person's proportions, if given."""
    head = _smiling(_NEUTRAL if subject is None else _proportioned(subject), pose.smile)
    scale = min(width, height) / min(CANVAS)
    on_template = _rotated(_turned(head, pose.turn), pose.tilt) * pose.eyes + (pose.x, pose.y)
    margin = (np.array((width, height)) - np.array(CANVAS) * scale) / 2
    points: Points = (on_template * scale + margin).astype(np.float32)
    return points


def _proportioned(subject: Points) -> NDArray[np.float64]:
    """The neutral face with the length of this person's, and the width of their mouth.

    Both are measured against the distance of the eyes, which shrinks where the photo shows them turned.
    """
    eyes, mouth = subject[:2].astype(float), subject[3:].astype(float)
    distance = max(float(np.linalg.norm(eyes[1] - eyes[0])), 1e-6)
    length = float(np.linalg.norm(mouth.mean(0) - eyes.mean(0))) / distance / _NEUTRAL[4, 1]
    breadth = float(np.linalg.norm(mouth[1] - mouth[0])) / distance / (2 * _NEUTRAL[4, 0])
    shape = np.ones((5, 2))
    shape[2:, 1] = np.clip(length, 1 / _MOST, _MOST)
    shape[3:, 0] = np.clip(breadth, 1 / _MOST, _MOST)
    return _NEUTRAL * shape


def _smiling(head: NDArray[np.float64], smile: float) -> NDArray[np.float64]:
    smiling = head.copy()
    smiling[3:] *= (1 + smile, 1 - smile / 3)
    return smiling


def _turned(head: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    turned = head.copy()
    turned[:, 0] = head[:, 0] * cos(radians(degrees)) + _DEPTH * sin(radians(degrees))
    return turned


def _rotated(head: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    turn = radians(degrees)
    return head @ np.array([(cos(turn), sin(turn)), (-sin(turn), cos(turn))])

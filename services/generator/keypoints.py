"""The picture of five key points that IdentityNet was trained on.

Stick width and disc radius are pixels of the canvas and do not scale: draw on the final canvas, never resize a drawing.
"""

from math import atan2, degrees, hypot

import cv2
import numpy as np
from numpy.typing import NDArray

# RGB; left and right as seen in the picture: left eye, right eye, nose, left and right corner of the mouth.
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255))
NOSE = 2
STICK_HALF_WIDTH = 4
DISC_RADIUS = 10
LIMB_SHADE = 0.6


def draw(points: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """Five points (5, 2) in pixels of the canvas to RGB uint8 (height, width, 3).

    Everything is truncated, not rounded, where the reference truncates: that is what makes the bytes equal.
    """
    canvas = np.zeros((height, width, 3))
    for end in (0, 1, 3, 4):
        cv2.fillConvexPoly(canvas, _stick(points[end], points[NOSE]), COLOURS[end])
    drawing = (canvas * LIMB_SHADE).astype(np.uint8)
    for (x, y), colour in zip(points.tolist(), COLOURS, strict=True):
        cv2.circle(drawing, (int(x), int(y)), DISC_RADIUS, colour, thickness=-1)
    return drawing


def _stick(end: NDArray[np.float32], nose: NDArray[np.float32]) -> NDArray[np.int32]:
    """A thin ellipse between two points, as a polygon of one-degree steps."""
    (x, y), (nose_x, nose_y) = end.astype(float).tolist(), nose.astype(float).tolist()
    centre = int((x + nose_x) / 2), int((y + nose_y) / 2)
    axes = int(hypot(x - nose_x, y - nose_y) / 2), STICK_HALF_WIDTH
    angle = int(degrees(atan2(y - nose_y, x - nose_x)))
    return np.asarray(cv2.ellipse2Poly(centre, axes, angle, 0, 360, 1), np.int32)

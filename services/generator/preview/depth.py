"""What is behind the person, out of focus, without a trace of them: blurring a photo as it is smears their colours
around them, which shows as a halo.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from services.generator.preview.sitter import Floats
from services.generator.preview.tones import encoded, linear

# Out of focus there is nothing finer than this many pixels of the canvas.
COARSE = 4
# Radius of the disc that a point becomes at full depth, as a share of the canvas's longer side.
_DISC = 0.028
# Pixels that are the person by more than this tell nothing of the background.
_PERSON = 0.05


@dataclass(frozen=True, slots=True)
class Plate:
    """The background as if nobody stood there: sRGB 0 to 1, float32, a quarter of the canvas."""

    sharp: Floats = field(repr=False)
    blurred: Floats = field(repr=False)


def plate(canvas: NDArray[np.uint8], person: Floats, beyond: Floats, depth: float) -> Plate:
    """`person` and `beyond`, the photo's end, are (h, w). A depth of 0 leaves it as sharp as it can be."""
    height, width = person.shape
    size = (width // COARSE, height // COARSE)
    light = linear(np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8))
    there = cv2.dilate(person, np.ones((COARSE * 3, COARSE * 3), np.uint8))
    there = cv2.resize(there, size, interpolation=cv2.INTER_AREA)
    known = np.clip(1 - there / _PERSON, 0, 1)
    # Mirrored pixels count little: they only stand in where nothing else is near.
    known = known * np.clip(1 - 0.98 * cv2.resize(beyond, size, interpolation=cv2.INTER_AREA), 0, 1)
    filled = _filled(light, known.astype(np.float32))
    blurred = _out_of_focus(filled, depth * _DISC * max(width, height) / COARSE)
    return Plate(encoded(filled), encoded(blurred))


def _filled(light: Floats, known: Floats) -> Floats:
    """What is not known comes from around it: from the finest level of a pyramid where something is known."""
    if min(known.shape) <= 2:
        weight = known.sum() + 1e-6
        mean = (light * known[..., None]).sum((0, 1)) / weight
        return light * known[..., None] + mean * (1 - known[..., None])
    size = (known.shape[1] // 2, known.shape[0] // 2)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(light * known[..., None], size, interpolation=cv2.INTER_AREA)
    coarse = _filled(sums / (weight[..., None] + 1e-6), np.minimum(weight * 2, 1))
    smooth = cv2.resize(coarse, known.shape[::-1], interpolation=cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(smooth, (0, 0), 1.0)
    return np.asarray(light * known[..., None] + smooth * (1 - known[..., None]), np.float32)


def _out_of_focus(light: Floats, radius: float) -> Floats:
    """Every point a disc, as a lens does it: lights stay lights instead of fading."""
    if radius < 0.5:
        return light
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    disc /= disc.sum()
    blurred = cv2.filter2D(light, -1, disc, borderType=cv2.BORDER_REFLECT)
    # Lenses have softer discs than arithmetic.
    return np.asarray(cv2.GaussianBlur(blurred, (0, 0), 0.35 * radius, borderType=cv2.BORDER_REFLECT), np.float32)

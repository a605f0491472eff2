"""The person in front of another background, with the old one's colours taken out of their edges."""

import cv2
import numpy as np

from services.generator.preview.sitter import Floats

# How far colours are taken from to guess what a half-covered pixel would be alone, in units of the face.
_NEAR = 0.24
# How much of the background's light wraps around the edge of the person.
_WRAP = 0.12


def person_alone(picture: Floats, person: Floats, behind: Floats, unit: float) -> Floats:
    """The person's own colours, (h, w, 3), also where hair lets the background through.

    After Forte ("Approximate fast foreground colour estimation", 2021): a blurred guess, corrected by what was seen.
    """
    alpha = person[..., None]
    spread = (0, 0), max(1.0, unit * _NEAR / 2)
    # Mostly from pixels that are the person alone: the fourth power leaves a sixteenth to those half covered.
    certain = np.square(np.square(person))
    weight = cv2.GaussianBlur(certain, *spread)[..., None]
    guess = cv2.GaussianBlur(picture * certain[..., None], *spread) / (weight + 1e-5)
    alone = guess + alpha * (picture - alpha * guess - (1 - alpha) * behind)
    return np.asarray(np.where(alpha > 0.995, picture, np.clip(alone, 0, 1)), np.float32)


def composed(alone: Floats, person: Floats, behind: Floats, unit: float) -> Floats:
    """Both together, with a little of the new light around the edge."""
    alpha = person[..., None]
    inner = cv2.GaussianBlur(person, (0, 0), unit * 0.06)[..., None]
    wrap = _WRAP * np.clip(1 - inner, 0, 1) * 2
    lit = alone + wrap * (np.maximum(behind, alone) - alone)
    return np.asarray(alpha * lit + (1 - alpha) * behind, np.float32)

"""Photos made worse step by step, to see at which step a recogniser loses the person."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from services.faces.engine import LocalEngine
from services.faces.face import Pixels
from services.faces.quality import Quality


class Step(NamedTuple):
    """One photo at one step: what was measured of it, and how far it drifted from itself."""

    person: str
    fault: str
    measured: float
    drift: float


# Blur as a share of the photo's width; a head is two fifths of that.
_BLURS = (0.002, 0.004, 0.006, 0.008, 0.011, 0.015, 0.02)
_SIZES = (0.8, 0.6, 0.45, 0.35, 0.27, 0.2, 0.15, 0.12)
_CONTRASTS = (0.6, 0.4, 0.3, 0.2, 0.14, 0.1, 0.07)
_LIGHTS = (1.3, 1.6, 1.9, 2.3, 2.8, 3.5)


def steps(engine: LocalEngine, person: str, photo: Pixels) -> Iterator[Step]:
    """As far as the face is still found."""
    image = Image.fromarray(photo)
    before = engine.embed(0, engine.look(photo).crops)[0]
    for fault, worse in _worse(image):
        seen = engine.look(np.ascontiguousarray(worse))
        if seen.report.quality is not None:
            drift = engine.recognitions[0].measure(before, engine.embed(0, seen.crops)[0])
            yield Step(person, fault, _measured(seen.report.quality, fault), drift)


def _worse(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    for share in _BLURS:
        yield "sharpness", image.filter(ImageFilter.GaussianBlur(share * image.width))
    for size in _SIZES:
        yield "face_px", image.resize((round(image.width * size),) * 2, Image.Resampling.LANCZOS)
    for contrast in _CONTRASTS:
        yield "contrast", ImageEnhance.Brightness(image).enhance(contrast)
    for light in _LIGHTS:
        yield "clipped", ImageEnhance.Brightness(image).enhance(light)


def _measured(quality: Quality, fault: str) -> float:
    return float(getattr(quality, fault))

"""The same staging a little differently for every seed, as a photographer moves between two exposures."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.generator.preview.noise import generator
from services.generator.preview.sitter import Floats
from services.generator.preview.staging import Grade, Light, Staging


@dataclass(frozen=True, slots=True)
class Varied:
    """One picture's own staging and framing."""

    staging: Staging
    shift: Floats = field(repr=False)
    """Of the face, (2,), in shares of the canvas."""
    zoom: float
    glow: tuple[float, float]
    """Where a backdrop is brightest, in shares of the canvas."""


def varied(staging: Staging, seed: int) -> Varied:
    """Framing by a few per cent; light and tone a little. Without variation every seed is the staging as it stands."""
    random = generator(seed, "variation")
    draws = (random.uniform(-1, 1, 12) * staging.variation).tolist()
    aside = draws[0] * 0.03
    return Varied(
        staging=replace(staging, light=_light(staging.light, draws), grade=_grade(staging.grade, draws)),
        shift=np.array([aside, draws[1] * 0.02], np.float32),
        zoom=float(1 + draws[2] * 0.06),
        glow=(float(0.5 - aside + draws[3] * 0.12), float(0.42 + draws[4] * 0.08)),
    )


def _light(light: Light | None, draws: Sequence[float]) -> Light | None:
    """Now and then from the other side: of the seeds that vary fully, a third."""
    if light is None:
        return None
    direction = light.direction_deg + draws[5] * 18
    if draws[6] > 1 / 3:
        direction = -direction
    return Light(
        direction_deg=float(direction % 360),
        key=_within(light.key * (1 + 0.25 * draws[7]), 0, 1),
        shadow=_within(light.shadow * (1 + 0.25 * draws[7]), 0, 1),
    )


def _grade(grade: Grade | None, draws: Sequence[float]) -> Grade | None:
    if grade is None:
        return None
    return replace(
        grade,
        exposure=_within(grade.exposure + 0.10 * draws[8], -2, 2),
        contrast=_within(grade.contrast + 0.07 * draws[9], -1, 1),
        # Black and white stays so.
        saturation=grade.saturation if grade.saturation == -1 else _within(grade.saturation + 0.06 * draws[10], -1, 1),
        warmth=_within(grade.warmth + 0.08 * draws[11], -1, 1),
        toning=_within(grade.toning * (1 + 0.2 * draws[10]), 0, 1),
    )


def _within(value: float, least: float, most: float) -> float:
    return float(min(max(value, least), most))


__all__ = ["Varied", "varied"]

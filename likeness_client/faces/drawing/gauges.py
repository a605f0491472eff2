"""What is shown of a face's quality: a number, and where it stands between refused and fine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from likeness.common.v1.quality_pb2 import Quality
from likeness.embedder.v1.embedder_pb2 import QualityLimit

from likeness_client.faces.drawing.style import AMBER, FAINT, GREEN, INK, RED, Colour, Pen, pale

HEIGHT = 46
_THIRDS = (0.0, 1 / 3, 2 / 3, 1.0)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measure: `worst` and `best` are the ends of its scale."""

    label: str
    field: str
    worst: float
    best: float
    shown: Callable[[float], str]


GAUGES: Sequence[Gauge] = (
    Gauge("Width of the face", "face_px", 0, 300, lambda value: f"{value:.0f} px"),
    Gauge("Sharpness", "sharpness", 0, 0.42, lambda value: f"{value:.2f}"),
    Gauge("Contrast", "contrast", 0, 0.18, lambda value: f"{value:.2f}"),
    Gauge("Burnt out or black", "clipped", 1, 0, lambda value: f"{100 * value:.0f} %"),
    Gauge("Turned to the side", "yaw_deg", 90, 0, lambda value: f"{value:.0f}°"),
    Gauge("Up or down", "pitch_deg", 75, 0, lambda value: f"{value:.0f}°"),
    Gauge("Leaning", "roll_deg", 90, 0, lambda value: f"{value:.0f}°"),
    Gauge("Outside of the photo", "cut_off", 0.5, 0, lambda value: f"{100 * value:.0f} %"),
)


def draw(pen: Pen, x: float, y: float, width: float, quality: Quality, limits: Mapping[str, QualityLimit]) -> float:
    """Two columns of gauges. Returns where the next thing may begin."""
    column = (width - 28) / 2
    for place, gauge in enumerate(GAUGES):
        left, top = x + (place % 2) * (column + 28), y + (place // 2) * HEIGHT
        _one(pen, left, top, column, gauge, getattr(quality, gauge.field), limits[gauge.field])
    return y + (len(GAUGES) + 1) // 2 * HEIGHT


def standing(gauge: Gauge, measured: float, limit: QualityLimit) -> float:
    """0 to 1: refused up to a third, a warning up to two thirds, fine beyond."""
    ends = (gauge.worst, limit.refuse, limit.warn, gauge.best)
    value = abs(measured)
    for (start, stop), (low, high) in zip(pairwise(ends), pairwise(_THIRDS), strict=True):
        if min(start, stop) <= value <= max(start, stop):
            return low + (high - low) * (value - start) / (stop - start)
    return 0.0 if abs(value - gauge.worst) < abs(value - gauge.best) else 1.0


def _one(pen: Pen, left: float, top: float, width: float, gauge: Gauge, measured: float, limit: QualityLimit) -> None:
    where = standing(gauge, measured, limit)
    colour = _colour(where)
    pen.text(left, top, gauge.label, size=13, colour=FAINT)
    pen.text(left + width, top, gauge.shown(measured), size=13, colour=INK if colour == GREEN else colour, right=True)
    for (low, high), zone in zip(pairwise(_THIRDS), (RED, AMBER, GREEN), strict=True):
        pen.bar(left + low * width + 1, top + 22, left + high * width - 1, top + 26, pale(zone, 5), radius=2)
    pen.dot(left + min(max(where, 0.02), 0.98) * width, top + 24, 5, colour, ring=(255, 255, 255))


def _colour(where: float) -> Colour:
    if where < _THIRDS[1]:
        return RED
    return AMBER if where < _THIRDS[2] else GREEN

"""The two pictures of docs/thresholds.md."""

from collections.abc import Iterable, Sequence

from bench.svg import FAINT, INK, Scale, axis, band, dot, line, picture, text
from bench.thresholds.faults import Step
from bench.thresholds.pairs import Pair
from services.faces.dlib_scale import LINE, THRESHOLDS
from services.faces.limits import LIMITS, Limit

_ROWS = (
    ("restyled", "one photo, restyled", "#0b7285"),
    ("genuine", "one person, other photos", "#2b8a3e"),
    ("stranger", "two people", "#c92a2a"),
)
_TIERS = (
    ("locked", THRESHOLDS.locked, "#d3f9d8"),
    ("strong", THRESHOLDS.strong, "#ebfbee"),
    ("match", THRESHOLDS.match, "#fff9db"),
    ("fail", 1.3, "#fff5f5"),
)
_FAULTS = (
    ("sharpness", "sharpness", (0.4, 0.3, 0.2, 0.1, 0.0)),
    ("face_px", "width of the face, pixels", (180, 140, 100, 60, 20)),
    ("contrast", "contrast", (0.12, 0.09, 0.06, 0.03, 0.0)),
    ("clipped", "share burnt out", (0.0, 0.25, 0.5, 0.75, 1.0)),
)


def drifts(pairs: Sequence[Pair]) -> str:
    """Every pair as a dot over the tiers; dlib's own distances along the top."""
    width, top, row = 860, 64, 78
    rows = [each for each in _ROWS if any(pair.kind == each[0] for pair in pairs)]
    scale, bottom = Scale(0, 1.3, 190, width - 30), top + row * len(rows)
    parts, left = [], scale(0)
    for name, end, colour in _TIERS:
        parts += [band(left, top, scale(end), bottom, colour)]
        parts += [text((left + scale(end)) / 2, top + 16, name, size=12, colour=FAINT, anchor="middle")]
        left = scale(end)
    for number, (kind, words, colour) in enumerate(rows):
        middle = top + row * (number + 0.62)
        found = [pair for pair in pairs if pair.kind == kind]
        parts += [
            text(178, middle - 2, words, anchor="end"),
            text(178, middle + 14, f"{len(found)} pairs", size=12, colour=FAINT, anchor="end"),
        ]
        parts += [dot(scale(pair.drift), middle + _aside(place), colour) for place, pair in enumerate(found)]
    parts += axis(scale, bottom, [0, 0.18, 0.3, 0.55, 0.8, 1.0, 1.2], lambda value: f"{value:g}")
    parts += [text((scale.start + scale.end) / 2, bottom + 40, "drift", anchor="middle")]
    parts += [text(scale.start, 26, "dlib: distance and drift", size=15, weight=600)]
    for distance in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        x = scale(LINE.of(distance))
        parts += [
            line(x, top - 5, x, top, colour=FAINT),
            text(x, top - 9, f"{distance:g}", size=12, colour=FAINT, anchor="middle"),
        ]
    parts += [text(178, top - 9, "Euclidean", size=12, colour=FAINT, anchor="end")]
    return picture(width, int(bottom + 56), "Drift of restyled, genuine and stranger pairs by dlib", parts)


def faults(steps: Iterable[Step]) -> str:
    """Four panels: the better end of each measure is on the left."""
    found, parts, width, height = list(steps), [], 860, 560
    for number, (field, words, ticks) in enumerate(_FAULTS):
        left, top = 60 + (number % 2) * 410, 56 + (number // 2) * 255
        limit = next(limit for limit in LIMITS if limit.field == field)
        parts += _panel([step for step in found if step.fault == field], limit, words, ticks, left, top)
    parts += [text(60, 28, "How far a photo drifts from itself as it gets worse", size=15, weight=600)]
    return picture(width, height, "Drift by sharpness, size, contrast and burnt-out share", parts)


def _panel(
    steps: Sequence[Step], limit: Limit, words: str, ticks: Sequence[float], left: float, top: float
) -> list[str]:
    across, down = Scale(ticks[0], ticks[-1], left, left + 350), Scale(0.6, 0, top, top + 180)
    parts = []
    for name, at in (("warn", limit.warn), ("refuse", limit.refuse)):
        if at is not None:
            parts += [line(across(at), top, across(at), top + 180, colour=INK, dashed=True)]
            parts += [text(across(at) + 4, top + 11, f"{name} {at:g}", size=11, colour=FAINT)]
    for drift in (0.1, 0.3, 0.5):
        parts += [line(left, down(drift), left + 350, down(drift))]
        parts += [text(left - 8, down(drift) + 4, f"{drift:g}", size=12, colour=FAINT, anchor="end")]
    shown = (step for step in steps if step.drift <= 0.6)
    parts += [dot(across(step.measured), down(step.drift), "#0b7285", 3) for step in shown]
    parts += axis(across, top + 180, ticks, lambda value: f"{value:g}")
    parts += [text(left - 8, top + 4, "drift", size=12, colour=FAINT, anchor="end")]
    return [*parts, text(left + 175, top + 218, words, anchor="middle")]


def _aside(place: int) -> float:
    """Spreads dots up and down so that they can be told apart; the same way every time."""
    return (place * 7 % 11 - 5) * 3.4

"""Drift drawn to scale: how far a picture is from its person, beside the limits of each tier."""

from collections.abc import Sequence
from html import escape

from likeness_client.values.basics import Drift, Thresholds
from likeness_client.values.result import Try
from likeness_client.values.words import Outcome

# In units of the drawing.
_WIDTH, _DOT, _APART = 1000.0, 8.0, 18.0


def gauge(drift: Drift, thresholds: Thresholds | None) -> str:
    """A number, and where it stands between identical and another person."""
    number = f'<span class="number">{drift.value:.2f}</span>'
    if thresholds is None:
        return f'<p class="drift">drift {number}</p>'
    end = _end(thresholds, [drift.value])
    bands = "".join(
        f'<i class="{tier}" style="width:{100 * (upper - lower) / end:.2f}%"></i>'
        for tier, lower, upper in _bands(thresholds, end)
    )
    place = 100 * min(max(drift.value, 0) / end, 1)
    label = f"drift {drift.value:.2f} on a scale to {end:.2f}"
    return (
        f'<div class="drift" role="img" aria-label="{escape(label, quote=True)}">drift {number}'
        f'<span class="scale">{bands}<b style="left:{place:.2f}%"></b></span></div>'
    )


def strip(tries: Sequence[Try], thresholds: Thresholds | None) -> str:
    """Every render that was measured as a dot: filled where it was kept. Empty with nothing to draw."""
    measured = [(each, each.drift.value) for each in tries if each.drift]
    if not measured or thresholds is None:
        return ""
    end = _end(thresholds, [value for _, value in measured])
    parts = [_band(tier, lower / end, upper / end) for tier, lower, upper in _bands(thresholds, end)]
    rows: list[float] = []  # the last place that is taken in each
    for each, value in sorted(measured, key=lambda pair: pair[1]):
        x = _DOT + (_WIDTH - 2 * _DOT) * min(max(value / end, 0), 1)
        row = next((row for row, taken in enumerate(rows) if x - taken >= _APART), len(rows))
        rows[row : row + 1] = [x]
        parts.append(_dot(each, value, x, -_APART * (row + 0.6)))
    top = _APART * len(rows) + 4
    return (
        f'<figure><svg viewBox="0 {-top:.0f} {_WIDTH:g} {top + 24:.0f}" role="img" aria-label="All renders by drift">'
        f"{''.join(parts)}</svg><figcaption>All renders by drift: filled ones were kept.</figcaption></figure>"
    )


def _bands(thresholds: Thresholds, end: float) -> list[tuple[str, float, float]]:
    locked, strong, match = thresholds.locked, thresholds.strong, thresholds.match
    return [("locked", 0, locked), ("strong", locked, strong), ("match", strong, match), ("fail", match, end)]


def _end(thresholds: Thresholds, values: Sequence[float]) -> float:
    return max(thresholds.match * 1.25, *values) or 1.0


def _band(tier: str, left: float, right: float) -> str:
    x, width = _WIDTH * left, _WIDTH * (right - left)
    return (
        f'<rect class="{tier}" x="{x:.1f}" y="2" width="{width:.1f}" height="4"/>'
        f'<text x="{x + width / 2:.1f}" y="20">{tier}</text>'
    )


def _dot(each: Try, value: float, x: float, y: float) -> str:
    tier = escape(each.drift.tier if each.drift else "", quote=True)
    kept = " kept" if each.outcome is Outcome.KEPT else ""
    title = escape(f"{each.style} {each.picture + 1}, try {each.attempt}: {value:.2f}")
    return f'<circle class="{tier}{kept}" cx="{x:.1f}" cy="{y:.1f}" r="{_DOT - 1.25:g}"><title>{title}</title></circle>'

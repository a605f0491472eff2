"""Small charts as inline SVG, coloured by the page's own variables."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

_WIDTH, _HEIGHT = 460, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 14, 30

_ROW, _BAR, _NAMES, _ENDS = 26, 14, 190, 70
_WIDE = 920


def curves(places: Sequence[float], series: Mapping[str, Sequence[float]]) -> str:
    """Lines over a few places, evenly apart. Names of series are names of colours: `p50` is drawn in var(--p50)."""
    top = round_up(max((value for values in series.values() for value in values), default=0))
    xs = [_across(index, len(places)) for index in range(len(places))]
    parts = [_grid(value, top) for value in (0, top / 2, top)]
    parts += [
        f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{place:g}</text>'
        for x, place in zip(xs, places, strict=True)
    ]
    for name, values in series.items():
        parts.append(_line(name, [(x, _down(value, top)) for x, value in zip(xs, values, strict=True)]))
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def stacked(bars: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    """Bars in groups: (group, label, share by name of its colour). The longest fills the width."""
    longest = max((sum(shares.values()) for _, _, shares in bars), default=0) or 1
    parts, y, group = [], 0.0, ""
    for name, label, shares in bars:
        if name != group:
            y += 10 if group else 0
            parts.append(f'<text class="name" x="0" y="{y + _BAR - 2:.1f}">{escape(name)}</text>')
            group = name
        parts.append(_bar(y, label, shares, (_WIDE - _NAMES - _ENDS) / longest))
        y += _ROW
    return f'<svg viewBox="0 0 {_WIDE} {max(y, _ROW):.0f}" role="img">{"".join(parts)}</svg>'


def _bar(y: float, label: str, shares: Mapping[str, float], scale: float) -> str:
    below, x = f"{y + _BAR - 2:.1f}", float(_NAMES)
    parts = [f'<text x="{_NAMES - 10}" y="{below}" text-anchor="end">{escape(label)}</text>']
    for name, value in shares.items():
        place = f'x="{x:.1f}" y="{y:.1f}" width="{value * scale:.1f}" height="{_BAR}"'
        parts.append(f'<rect {place} fill="var(--{name})"><title>{escape(name)} {value:.3f} s</title></rect>')
        x += value * scale
    parts.append(f'<text class="value" x="{x + 6:.1f}" y="{below}">{sum(shares.values()):.2f}</text>')
    return "".join(parts)


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    colour = f"var(--{name})"
    strokes = [
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="2"/>'
        for (x1, y1), (x2, y2) in pairwise(points)
    ]
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
    return "".join(strokes + dots)


def _grid(value: float, top: float) -> str:
    y = _down(value, top)
    return (
        f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    )


def _across(index: int, count: int) -> float:
    width = _WIDTH - _LEFT - _RIGHT
    return _LEFT + width * ((index + 0.5) / count)


def _down(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / (top or 1)


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, …: a scale that people read at a glance."""
    step = 0.01
    while True:
        for factor in (1, 2, 5):
            if step * factor >= value:
                return step * factor
        step *= 10

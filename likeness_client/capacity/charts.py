"""Lines over a continuous axis as inline SVG, coloured by the page's own variables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from likeness_client.load.charts import round_up

_WIDTH, _HEIGHT = 460, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 18, 26, 42

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to `top`, in `unit`."""

    top: float
    unit: str


def plot(lines: Mapping[str, Sequence[Point]], across: Axis, up: Axis, mark: float | None = None) -> str:
    """Names of lines are names of colours: `fixed` is drawn in var(--fixed). `mark`: a place across that matters."""
    parts = [*_grid(across, up), *_names(across, up)]
    if mark is not None and mark <= across.top:
        x = _x(mark, across)
        parts.append(f'<line class="mark" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}"/>')
    for place, (name, points) in enumerate(lines.items()):
        path = " ".join(f"{_x(x, across):.1f},{_y(y, up):.1f}" for x, y in points)
        # The first is broad, so that it can be seen where another lies upon it.
        broad = "" if place else ' style="stroke-width: 7; stroke-opacity: 0.45"'
        parts.append(f'<polyline points="{path}" stroke="var(--{name})"{broad}/>')
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def stairs(changes: Sequence[Point], begin: float, end: float) -> list[Point]:
    """A number that changes at moments, as a line from `begin` to `end`, which becomes 0 across."""
    before = [value for at, value in changes if at <= begin]
    corners = [(begin, before[-1] if before else 0.0), *(change for change in changes if begin < change[0] < end)]
    found = [corners[0]]
    for (_, low), (at, high) in pairwise(corners):
        found += [(at, low), (at, high)]
    return [(at - begin, value) for at, value in [*found, (end, corners[-1][1])]]


def top_of(lines: Mapping[str, Sequence[Point]], place: int) -> float:
    return round_up(max((point[place] for points in lines.values() for point in points), default=0.0))


def _grid(across: Axis, up: Axis) -> Iterator[str]:
    for value in _round(up.top):
        y = _y(value, up)
        yield f'<line class="axis" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for value in _round(across.top):
        place = f'x="{_x(value, across):.1f}" y="{_HEIGHT - _BOTTOM + 17}"'
        yield f'<text {place} text-anchor="middle">{value:g}</text>'


def _round(top: float) -> list[float]:
    """From 0 to the top in four or five parts, whichever are rounder."""
    parts = min((4, 5), key=lambda count: len(f"{top / count:g}"))
    return [top * part / parts for part in range(parts + 1)]


def _names(across: Axis, up: Axis) -> Iterator[str]:
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">{across.unit}</text>'
    yield f'<text x="{_LEFT - 8}" y="{_TOP - 12}">{up.unit}</text>'


def _x(value: float, axis: Axis) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(value, axis.top) / (axis.top or 1)


def _y(value: float, axis: Axis) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * min(value, axis.top) / (axis.top or 1)

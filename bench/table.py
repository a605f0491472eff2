"""The one table every bench ends with: metric, this, reference, ratio, goal."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One measured metric. `reference` and `ratio` stay empty for plain counters."""

    metric: str
    this: str
    reference: str
    ratio: str
    goal: str


def render(rows: Iterable[Row]) -> str:
    """The rows as aligned text under a heading."""
    lines = [Row("metric", "this", "reference", "ratio", "goal"), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(Row._fields))]
    aligned = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    return "\n".join([aligned[0], "  ".join("─" * width for width in widths), *aligned[1:]])

"""Just enough SVG for a plot: crisp at every size, and a diff that can be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

INK, FAINT, LINE = "#1f2933", "#616e7c", "#cbd2d9"
_FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, evenly. `low` may be greater than `high`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def text(
    x: float, y: float, words: str, *, size: int = 13, colour: str = INK, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' fill='{colour}' text-anchor='{anchor}' "
        f"font-weight='{weight}'>{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = LINE, dashed: bool = False) -> str:
    dash = " stroke-dasharray='4 4'" if dashed else ""
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'{dash}/>"


def band(left: float, top: float, right: float, bottom: float, colour: str) -> str:
    return (
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{right - left:.1f}' height='{bottom - top:.1f}' fill='{colour}'/>"
    )


def dot(x: float, y: float, colour: str, radius: float = 3.5) -> str:
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius}' fill='{colour}' fill-opacity='0.6'/>"


def axis(
    scale: Scale, y: float, ticks: Sequence[float], label: Callable[[float], str], *, colour: str = FAINT
) -> list[str]:
    """Ticks and their labels below a horizontal line."""
    parts = [line(scale.start, y, scale.end, y, colour=colour)]
    for tick in ticks:
        x = scale(tick)
        parts += [
            line(x, y, x, y + 5, colour=colour),
            text(x, y + 19, label(tick), size=12, colour=colour, anchor="middle"),
        ]
    return parts


def picture(
    width: int, height: int, title: str, parts: Sequence[str], *, paper: str = "#ffffff", style: str = ""
) -> str:
    """The whole file, on white so that it can be read on a dark page too. `style`: for colours that follow the page."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' role='img' {_FONT}>"
    styles = [f"<style>{style}</style>"] if style else []
    inner = [f"<title>{escape(title)}</title>", *styles, band(0, 0, width, height, paper), *parts]
    return "\n".join([head, *inner, "</svg>", ""])

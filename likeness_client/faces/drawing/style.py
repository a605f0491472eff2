"""Colours, type and strokes. Everything is drawn at twice its size and shrunk, since Pillow's edges are not smooth."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from likeness.common.v1.quality_pb2 import VERDICT_ACCEPT, VERDICT_REFUSE, VERDICT_WARN, Verdict
from PIL import ImageDraw, ImageFont

OVERSAMPLING = 2

Colour = tuple[int, int, int]

PAPER: Colour = (250, 250, 248)
INK: Colour = (28, 33, 40)
FAINT: Colour = (110, 119, 129)
RULE: Colour = (226, 228, 231)
GREEN: Colour = (31, 136, 61)
AMBER: Colour = (191, 135, 0)
RED: Colour = (207, 34, 46)

COLOURS: Mapping[Verdict, Colour] = {VERDICT_ACCEPT: GREEN, VERDICT_WARN: AMBER, VERDICT_REFUSE: RED}
HEADLINES: Mapping[Verdict, str] = {
    VERDICT_ACCEPT: "Good to use",
    VERDICT_WARN: "Usable, could be better",
    VERDICT_REFUSE: "Cannot be used",
}


def pale(colour: Colour, paper: int) -> Colour:
    """The same hue, thinned with so many parts of paper."""
    red, green, blue = ((value + paper * blank) // (1 + paper) for value, blank in zip(colour, PAPER, strict=True))
    return red, green, blue


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The face that Pillow brings (Aileron); it has Latin letters, digits and °, and no dashes."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size * OVERSAMPLING))


class Pen:
    """Draws in points of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 15,
        colour: Colour = INK,
        bold: bool = False,
        right: bool = False,
    ) -> None:
        """With its top at y; with its right edge at x, if so wanted."""
        self._draw.text(
            self._at(x, y),
            words,
            font=font(size),
            fill=colour,
            anchor="ra" if right else "la",
            stroke_width=0.7 * OVERSAMPLING / 2 if bold else 0,
            stroke_fill=colour,
        )

    def bar(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0) -> None:
        self._draw.rounded_rectangle(
            (*self._at(left, top), *self._at(right, bottom)), radius * OVERSAMPLING, fill=colour
        )

    def frame(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, width: float, radius: float
    ) -> None:
        corners = (*self._at(left, top), *self._at(right, bottom))
        self._draw.rounded_rectangle(corners, radius * OVERSAMPLING, outline=colour, width=round(width * OVERSAMPLING))

    def dot(self, x: float, y: float, radius: float, colour: Colour, ring: Colour | None = None) -> None:
        if ring is not None:
            self._circle(x, y, radius + 1.5, ring)
        self._circle(x, y, radius, colour)

    def line(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        self._draw.line(
            [self._at(x, y) for x, y in points], fill=colour, width=round(width * OVERSAMPLING), joint="curve"
        )

    def paragraph(self, x: float, y: float, words: str, width: float, *, size: int = 15, colour: Colour = INK) -> float:
        """Lines no wider than that. Returns where the next thing may begin."""
        for line in wrapped(words, width, size):
            self.text(x, y, line, size=size, colour=colour)
            y += size * 1.4
        return y

    def _circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self._draw.ellipse((*self._at(x - radius, y - radius), *self._at(x + radius, y + radius)), fill=colour)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return x * OVERSAMPLING, y * OVERSAMPLING


def wrapped(words: str, width: float, size: int) -> list[str]:
    """Broken between words."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if font(size).getlength(longer) <= width * OVERSAMPLING:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]

"""The whole sheet: the photo on the left, the card on the right."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from likeness.common.v1.quality_pb2 import Finding
from likeness.embedder.v1.embedder_pb2 import EmbeddedPhoto, QualityLimit
from PIL import Image, ImageDraw

from likeness_client.faces.drawing import gauges, marks
from likeness_client.faces.drawing.style import (
    COLOURS,
    FAINT,
    HEADLINES,
    OVERSAMPLING,
    PAPER,
    RULE,
    Pen,
    pale,
    wrapped,
)

_MARGIN, _GAP = 28, 32
_CARD = 440
_PHOTO = 720
_LEAST_HEIGHT = 360


def sheet(
    photo: npt.NDArray[np.uint8], name: str, answer: EmbeddedPhoto, limits: Iterable[QualityLimit]
) -> Image.Image:
    """`photo`: upright, H x W x 3, of any size; `name` is printed on it."""
    report = answer.report
    small = marks.fitted(Image.fromarray(photo), _PHOTO)
    height = max(small.height, _LEAST_HEIGHT, _card_height(answer)) + 2 * _MARGIN
    width = _MARGIN + small.width + _GAP + _CARD + _MARGIN
    large = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), PAPER)
    large.paste(small.resize((small.width * OVERSAMPLING, small.height * OVERSAMPLING)), (_MARGIN * OVERSAMPLING,) * 2)
    pen = Pen(ImageDraw.Draw(large))
    # Boxes are told in pixels of the photo as sent, which may have been decoded smaller.
    marks.draw(pen, report, marks.Place(_MARGIN, _MARGIN, *small.size, small.width / max(1, report.size.width)))
    _card(pen, _MARGIN + small.width + _GAP, _MARGIN, name, answer, limits)
    return large.resize((width, height), Image.Resampling.LANCZOS)


def _card(pen: Pen, x: float, y: float, name: str, answer: EmbeddedPhoto, limits: Iterable[QualityLimit]) -> None:
    report = answer.report
    colour = COLOURS[report.verdict]
    pen.text(x, y, name, size=13, colour=FAINT)
    pen.bar(x, y + 24, x + 6, y + 58, colour, radius=3)
    pen.text(x + 18, y + 25, HEADLINES[report.verdict], size=26, colour=colour, bold=True)
    y += 80
    for finding in report.findings:
        y = _finding(pen, x, y, finding)
    if not report.findings:
        y = pen.paragraph(x, y, "Nothing to complain about: this photo counts in full.", _CARD) + 12
    if report.HasField("quality"):
        pen.line([(x, y + 4), (x + _CARD, y + 4)], RULE, 1)
        by_field = {limit.field: limit for limit in limits}
        gauges.draw(pen, x, y + 22, _CARD, report.quality, by_field)


def _finding(pen: Pen, x: float, y: float, finding: Finding) -> float:
    """On a tint of its colour. Returns where the next one may begin."""
    colour = COLOURS[finding.verdict]
    bottom = y + _finding_height(finding)
    pen.bar(x, y, x + _CARD, bottom - 10, pale(colour, 11), radius=8)
    pen.dot(x + 20, y + 21, 5, colour)
    pen.paragraph(x + 38, y + 12, finding.advice, _CARD - 54)
    return bottom


def _finding_height(finding: Finding) -> float:
    return len(wrapped(finding.advice, _CARD - 54, 15)) * 21 + 32


def _card_height(answer: EmbeddedPhoto) -> int:
    report = answer.report
    findings = sum(_finding_height(finding) for finding in report.findings) or 40
    measures = 22 + len(gauges.GAUGES) / 2 * gauges.HEIGHT if report.HasField("quality") else 0
    return round(80 + findings + measures)

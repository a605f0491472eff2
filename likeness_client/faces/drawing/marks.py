"""Boxes and points on the photo."""

from dataclasses import dataclass

from likeness.common.v1.face_pb2 import Face, Point
from likeness.common.v1.quality_pb2 import PhotoReport
from PIL import Image

from likeness_client.faces.drawing.style import COLOURS, FAINT, Colour, Pen

_WHITE: Colour = (255, 255, 255)
_TAG = 24

Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the photo is on the sheet, in points; `scale` is points for a pixel of the photo as sent."""

    left: float
    top: float
    width: float
    height: float
    scale: float

    def edges(self, face: Face) -> Edges:
        """A box may reach over the border; what is drawn stays inside."""
        box = face.box
        return (
            max(self.left + box.left * self.scale, self.left + 2),
            max(self.top + box.top * self.scale, self.top + 2),
            min(self.left + box.right * self.scale, self.left + self.width - 2),
            min(self.top + box.bottom * self.scale, self.top + self.height - 2),
        )

    def at(self, point: Point) -> tuple[float, float]:
        return self.left + point.x * self.scale, self.top + point.y * self.scale

    def shows(self, point: Point) -> bool:
        return 0 <= point.x * self.scale <= self.width and 0 <= point.y * self.scale <= self.height


def draw(pen: Pen, report: PhotoReport, place: Place) -> None:
    """The chosen face with its points; the others with a box, numbered where nobody is chosen."""
    colour = COLOURS[report.verdict]
    for index, face in enumerate(report.faces):
        if not report.HasField("chosen"):
            _other(pen, place.edges(face), colour, str(index + 1))
        elif index == report.chosen:
            _chosen(pen, face, place, colour)
        else:
            _other(pen, place.edges(face), FAINT, "")


def fitted(photo: Image.Image, side: float) -> Image.Image:
    """At the size it is drawn in: large ones shrunk, small ones enlarged, within reason."""
    scale = min(side / photo.width, side / photo.height, 6.0)
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    return photo.resize(size, Image.Resampling.LANCZOS)


def _chosen(pen: Pen, face: Face, place: Place, colour: Colour) -> None:
    left, top, right, bottom = place.edges(face)
    pen.frame(left - 1, top - 1, right + 1, bottom + 1, _WHITE, 5, 8)
    pen.frame(left, top, right, bottom, colour, 3, 7)
    points = face.key_points
    for point in (points.left_eye, points.right_eye, points.nose, points.left_mouth, points.right_mouth):
        if place.shows(point):
            pen.dot(*place.at(point), max(2.5, (right - left) / 60), colour, ring=_WHITE)


def _other(pen: Pen, edges: Edges, colour: Colour, tag: str) -> None:
    left, top, right, bottom = edges
    pen.frame(left - 0.5, top - 0.5, right + 0.5, bottom + 0.5, _WHITE, 4, 7)
    pen.frame(left, top, right, bottom, colour, 2, 6)
    if tag:
        pen.bar(left, top, left + _TAG, top + _TAG, colour, radius=6)
        pen.text(left + 8, top + 3, tag, size=15, colour=_WHITE, bold=True)

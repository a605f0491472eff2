"""Where the photo comes to lie on the canvas: the face where the pose wants it, and nobody cut off in mid-air.

Beyond an edge of the photo, background can be continued but people cannot. Where a person reaches an edge, that edge
therefore stays outside of the canvas, and the face comes out somewhat larger or lower than asked.
"""

from dataclasses import dataclass, field, replace
from math import atan2, cos, hypot, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from services.generator.preview.silhouette import Silhouette
from services.generator.preview.sitter import Floats, Sitter

Matrix = NDArray[np.float64]
"""An affine map, (2, 3), between pixel coordinates whose integers are centres of pixels."""

# A lean of the head is the person's own; of a leaning camera half is taken back. In radians, about 5 degrees.
_TURN_SHARE, _TURN_MAX = 0.5, 0.09
# Of what is missing at an edge, how much is gained by coming closer rather than by moving the face.
_CLOSER = 0.65
# A person reaches an edge of the photo where the mask does over this length, in units of the face.
_TOUCH = 0.3
_MASKED = 0.5


@dataclass(frozen=True, slots=True)
class Canvas:
    """Its size, and who should be where on it."""

    width: int
    height: int
    sitter: Sitter = field(repr=False)
    centre: Floats = field(repr=False)
    """Mean of the five points, (2,)."""


def canvas_for(points: NDArray[np.float32], width: int, height: int, shift: Floats, zoom: float) -> Canvas:
    """A canvas around five points, with the face moved and enlarged a little."""
    sitter = Sitter.from_points(points)
    centre = points.mean(0) + shift
    return Canvas(width, height, replace(sitter, unit=sitter.unit * zoom), centre.astype(np.float32))


def framing(photo: tuple[int, int], points: NDArray[np.float32], who: Silhouette, canvas: Canvas) -> Matrix:
    """From pixels of the photo, given as (width, height), to pixels of the canvas."""
    sitter = Sitter.from_points(points)
    turn = _turn(sitter.down, canvas.sitter.down)
    scale = canvas.sitter.unit / sitter.unit
    face = points.mean(0).astype(np.float64)
    view = _View(photo, canvas, face, turn)
    wanted = view.matrix(scale, canvas.centre.astype(np.float64))
    return view.covering(scale, _reached(photo, wanted, canvas, who, sitter.unit))


def _turn(own: Floats, wanted: Floats) -> float:
    angle = atan2(own[0], own[1]) - atan2(wanted[0], wanted[1])
    return float(np.clip(angle * _TURN_SHARE, -_TURN_MAX, _TURN_MAX))


@dataclass(frozen=True, slots=True)
class Edges:
    """For each edge of the photo, whether the person reaches it where the canvas would show it."""

    left: bool
    top: bool
    right: bool
    bottom: bool


class _View:
    """Ways to lay a photo on a canvas that differ in scale and place. `face` is where it is in the photo."""

    def __init__(self, photo: tuple[int, int], canvas: Canvas, face: NDArray[np.float64], turn: float) -> None:
        self._size = np.array(photo, np.float64)
        self._canvas = canvas
        self._face = face
        self._turn = np.array([[cos(turn), -sin(turn)], [sin(turn), cos(turn)]])
        width, height, lean = canvas.width, canvas.height, abs(sin(turn))
        # The upright rectangle around the turned canvas, at a scale of 1.
        self._spread = np.array([width * cos(turn) + height * lean, height * cos(turn) + width * lean])

    def matrix(self, scale: float, face_at: NDArray[np.float64]) -> Matrix:
        turn = scale * self._turn
        return np.column_stack([turn, face_at - turn @ self._face])

    def covering(self, scale: float, edges: Edges) -> Matrix:
        """As near to the wanted view as keeps the edges outside."""
        near, far = np.array([edges.left, edges.top]), np.array([edges.right, edges.bottom])
        scale = self._closer(scale, near, far)
        span = self._spread / scale
        middle = np.array([self._canvas.width, self._canvas.height]) / 2 - 0.5
        centre = self._face + self._turn.T @ (middle - self._canvas.centre) / scale
        centre = np.where(far, np.minimum(centre, self._size - 0.5 - span / 2), centre)
        centre = np.where(near, np.maximum(centre, span / 2 - 0.5), centre)
        face_at = middle + scale * self._turn @ (self._face - centre)
        return self.matrix(scale, face_at)

    def _closer(self, scale: float, near: NDArray[np.bool_], far: NDArray[np.bool_]) -> float:
        """The scale at which the edges are outside, or at which moving the face a little gets them there."""
        middle = np.array([self._canvas.width, self._canvas.height]) / 2 - 0.5
        ahead = self._spread / 2 + self._turn.T @ (middle - self._canvas.centre)
        behind = self._spread - ahead
        there, here = self._size - self._face, self._face
        # How much closer it takes for an edge to leave with the face staying in its place.
        needs = np.concatenate([np.where(far, ahead / there, 0), np.where(near, behind / here, 0)]) / scale
        least = float((np.where(near & far, self._spread / self._size, 0) / scale).max())
        cover = max(1.0, float((self._spread / self._size / scale).max()))
        factor = min(max(1.0, float(needs.max())) ** _CLOSER, cover)
        return scale * max(1.0, factor, least)


def _reached(photo: tuple[int, int], matrix: Matrix, canvas: Canvas, who: Silhouette, unit: float) -> Edges:
    width, height = photo
    corners = np.array([[0, 0], [canvas.width, 0], [0, canvas.height], [canvas.width, canvas.height]], np.float64)
    inverse = cv2.invertAffineTransform(matrix)
    seen = corners @ inverse[:, :2].T + inverse[:, 2]
    (left, top), (right, bottom) = seen.min(0).tolist(), seen.max(0).tolist()
    across = np.arange(max(0.0, left), min(width - 1.0, right), unit / 8)
    down = np.arange(max(0.0, top), min(height - 1.0, bottom), unit / 8)
    inset = unit / 12

    def touches(x: NDArray[np.float64] | float, y: NDArray[np.float64] | float) -> bool:
        return float((who.at(x, y) > _MASKED).sum()) / 8 > _TOUCH

    return Edges(
        left=touches(inset, down),
        top=touches(across, inset),
        right=touches(width - 1 - inset, down),
        bottom=touches(across, height - 1 - inset),
    )


def laid(photo: NDArray[np.uint8], matrix: Matrix, canvas: Canvas) -> NDArray[np.uint8]:
    """The photo on the canvas, mirrored where it ends."""
    scale = scale_of(matrix)
    if scale < 1:
        photo, matrix = _shrunk(photo, matrix, scale)
    how = cv2.INTER_CUBIC if scale < 2 else cv2.INTER_LANCZOS4
    size = (canvas.width, canvas.height)
    return np.asarray(cv2.warpAffine(photo, matrix, size, flags=how, borderMode=cv2.BORDER_REFLECT), np.uint8)


def _shrunk(photo: NDArray[np.uint8], matrix: Matrix, scale: float) -> tuple[NDArray[np.uint8], Matrix]:
    """By area first, since interpolation skips pixels."""
    size = [max(1, round(side * scale)) for side in photo.shape[1::-1]]
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    across, down = photo.shape[1] / size[0], photo.shape[0] / size[1]
    larger = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1]])
    return np.asarray(small, np.uint8), matrix @ larger


def outside(photo: tuple[int, int], matrix: Matrix, canvas: Canvas, feather: float) -> Floats:
    """1 where the canvas shows what the photo does not, 0 well inside of it, float32."""
    x = np.arange(canvas.width, dtype=np.float32)
    y = np.arange(canvas.height, dtype=np.float32)[:, None]
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    u = back[0, 0] * x + back[0, 1] * y + back[0, 2]
    v = back[1, 0] * x + back[1, 1] * y + back[1, 2]
    scale = scale_of(matrix)
    inside = np.minimum(np.minimum(u, photo[0] - 1 - u), np.minimum(v, photo[1] - 1 - v)) * scale
    return np.clip(1 - inside / feather, 0, 1, dtype=np.float32)


def scale_of(matrix: Matrix) -> float:
    """How much larger the photo becomes."""
    return hypot(matrix[0, 0], matrix[1, 0])

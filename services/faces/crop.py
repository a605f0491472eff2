"""Pieces of a picture, moved and scaled by a matrix, with every source pixel counted."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from services.faces.face import Pixels, Points
from services.faces.geometry import Matrix, bounding_box, inverse, to_template, transform

# Pixels around the piece, so that resampling never sees the edge of the cut.
_MARGIN_PX = 3
BLACK = (0, 0, 0)


def warped(photo: Pixels, matrix: Matrix, size: tuple[int, int], fill: tuple[int, int, int] = BLACK) -> Pixels:
    """The picture through the matrix, width x height as in `size`; `fill` where the photo ends.

    OpenCV's warpAffine looks at four source pixels however far apart it steps; this one shrinks properly first.
    """
    piece, left, top = _needed(photo, matrix, size)
    shrink = max(1.0, 1.0 / float(np.sqrt(np.linalg.det(matrix[:, :2]))))
    smaller = (max(1, round(piece.width / shrink)), max(1, round(piece.height / shrink)))
    back = inverse(matrix)
    back[:, 2] -= (left, top)
    if smaller != piece.size:
        back *= np.array([[smaller[0] / piece.width], [smaller[1] / piece.height]])
        piece = piece.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=2.0)
    coefficients = tuple(float(number) for number in back.ravel())
    moved = piece.transform(size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC, fillcolor=fill)
    return np.asarray(moved)


def shrunk(photo: Pixels, side: int) -> Pixels:
    """The picture, no side longer than that; itself where it is small enough."""
    height, width = photo.shape[:2]
    if max(width, height) <= side:
        return photo
    size = (max(1, round(width * side / max(width, height))), max(1, round(height * side / max(width, height))))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))


def upright_face(photo: Pixels, key_points: Points, size: int) -> Pixels:
    """The aligned square, brow to chin, at size x size."""
    return warped(photo, to_template(key_points, size), (size, size))


def luminance(pixels: Pixels) -> npt.NDArray[np.float64]:
    """H x W, 0 to 1 (Rec. 601)."""
    return np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.float64) / 255.0


def _needed(photo: Pixels, matrix: Matrix, size: tuple[int, int]) -> tuple[Image.Image, int, int]:
    """The part of the photo that the target shows, and where it begins."""
    height, width = photo.shape[:2]
    corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=np.float32)
    box = bounding_box(transform(corners, inverse(matrix)))
    left, top = max(0, int(box.left) - _MARGIN_PX), max(0, int(box.top) - _MARGIN_PX)
    right, bottom = min(width, int(box.right) + _MARGIN_PX), min(height, int(box.bottom) + _MARGIN_PX)
    if right <= left or bottom <= top:
        return Image.fromarray(photo[:1, :1]), 0, 0
    return Image.fromarray(photo[top:bottom, left:right]), left, top

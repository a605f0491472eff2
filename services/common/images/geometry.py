"""Sizes and pieces of a picture that may lie on its side: upright outside, as stored inside."""

from PIL import Image
from PIL.Image import Transpose

Size = tuple[int, int]
Box = tuple[int, int, int, int]

# What brings a stored picture upright, by Exif's orientation.
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def upright_size(size: Size, orientation: int) -> Size:
    width, height = size
    return (height, width) if orientation >= 5 else (width, height)


def stored_rows(size: Size, orientation: int, top: int, bottom: int) -> Box:
    """Where rows `top` to `bottom` of the upright picture lie in the stored one."""
    width, height = size
    match orientation:
        case 3 | 4:
            return 0, height - bottom, width, height - top
        case 5 | 6:
            return top, 0, bottom, height
        case 7 | 8:
            return width - bottom, 0, width - top, height
        case _:
            return 0, top, width, bottom


def turned(piece: Image.Image, orientation: int) -> Image.Image:
    return piece.transpose(_TURNS[orientation]) if orientation in _TURNS else piece


def fitted(size: Size, longest_side: int | None) -> Size:
    """Scaled down so that no side is longer. Never enlarged, never without a pixel."""
    width, height = size
    if longest_side is None or max(size) <= longest_side:
        return size
    scale = longest_side / max(size)
    return max(1, round(width * scale)), max(1, round(height * scale))

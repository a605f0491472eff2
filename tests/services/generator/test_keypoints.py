"""The picture of key points, byte for byte that of the reference."""

import hashlib

import numpy as np
import pytest

from services.generator.keypoints import COLOURS, draw

SQUARE = [(400, 400), (600, 400), (500, 520), (420, 640), (580, 640)]
PORTRAIT = [(361.7, 402.3), (538.2, 410.9), (447.5, 517.6), (378.4, 620.2), (520.9, 627.8)]


@pytest.mark.parametrize(
    ("size", "points", "digest"),
    [
        ((1024, 1024), SQUARE, "2057ae0b335e28ff2f28dd996a2ab0036f0a085241f661d471a81e290614abea"),
        ((896, 1152), PORTRAIT, "f6e9273c1d716706e82af65cd9fcaba2ca8e01de3abc744a870c02dc33e40308"),
    ],
)
def test_the_bytes_are_those_published(size: tuple[int, int], points: list[tuple[float, float]], digest: str) -> None:
    """SHA-256 of the RGB rows that the reference's function draws."""
    drawing = draw(np.array(points, np.float32), *size)
    assert digest == hashlib.sha256(drawing.tobytes()).hexdigest()


def test_discs_lie_over_limbs_in_full_colour() -> None:
    """317 pixels a disc, in the order of the points; limbs at six tenths, none in the nose's blue."""
    drawing = draw(np.array(SQUARE, np.float32), 1024, 1024)
    counts = {colour: int((drawing == colour).all(-1).sum()) for colour in COLOURS}
    shades = [int((drawing == np.array(colour) * 153 // 255).all(-1).sum()) for colour in COLOURS]
    assert dict.fromkeys(COLOURS, 317) == counts
    assert [1053, 1049, 0, 967, 965] == shades


def test_points_at_the_border_are_drawn_as_far_as_there_is_canvas() -> None:
    """Nothing wraps around and nothing fails."""
    points = np.array([(0, 0), (63.9, 0), (32, 32), (0, 63), (63, 63)], np.float32)
    assert draw(points, 64, 64).any()

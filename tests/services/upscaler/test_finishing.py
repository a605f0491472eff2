"""The last step: cut, scaled, softened, rounded."""

import numpy as np
import pytest
import torch

from services.upscaler.finishing import SoftFace, finished
from services.upscaler.pictures import Picture, colour_planes
from services.upscaler.targets import ByFactor, Exactly, Size, framing
from tests.services.upscaler import small

PICTURE = small.picture(40, 30)
FOUR = framing(PICTURE.size, ByFactor(4))
# As different from a plain enlargement as can be.
NETWORK = 1 - torch.nn.functional.interpolate(colour_planes(PICTURE)[None], scale_factor=4, mode="bicubic")[0].clamp(
    0, 1
)
PLAIN = finished(PICTURE, FOUR, colour_planes(PICTURE), None, 1, ())


def _soft(*faces: SoftFace) -> Picture:
    return finished(PICTURE, FOUR, NETWORK, None, 4, faces)


def test_inside_a_face_the_plain_enlargement_shows_through() -> None:
    """With a share of 1 nothing else does, in the middle of it."""
    result = _soft(SoftFace(10, 8, 30, 24, 1.0))

    assert np.array_equal(result.pixels[56:72, 76:84], PLAIN.pixels[56:72, 76:84])


def test_outside_of_faces_nothing_changes() -> None:
    """Not by one step."""
    result, without = _soft(SoftFace(10, 8, 30, 24, 1.0)), _soft()
    outside = np.ones((120, 160), bool)
    outside[32:96, 40:120] = False

    assert np.array_equal(result.pixels[outside], without.pixels[outside])


def test_a_share_is_a_share() -> None:
    """A quarter of the one, three of the other."""
    result, without = _soft(SoftFace(0, 0, 40, 30, 0.25)), _soft()
    middle = np.s_[50:70, 70:90]

    expected = 0.25 * PLAIN.pixels[middle].astype(float) + 0.75 * without.pixels[middle]
    assert np.abs(result.pixels[middle] - expected).max() <= 1


def test_the_border_of_a_face_is_no_edge() -> None:
    """From one pixel to the next the blend moves by little."""
    flat = Picture(np.full((30, 40, 3), 255, np.uint8))
    result = finished(flat, FOUR, torch.zeros(3, 120, 160), None, 4, (SoftFace(10, 8, 30, 24, 1.0),))
    steps = np.abs(np.diff(result.pixels[60, :, 0].astype(int)))

    assert result.pixels[60, 80, 0] == 255
    assert steps.max() < 30


@pytest.mark.parametrize(
    "box", [(-20, -20, 5, 5), (35, 25, 900, 900), (-5, -5, 45, 35), (50, 50, 60, 60), (-9, -9, -1, -1)]
)
def test_faces_may_reach_over_the_border(box: tuple[float, float, float, float]) -> None:
    """What lies outside is ignored."""
    assert _soft(SoftFace(*box, share=1.0)).size == (160, 120)


def test_faces_are_where_they_are_also_after_cutting() -> None:
    """An exact size that cuts the sides moves the box with the picture."""
    frame = framing(PICTURE.size, Exactly(Size(120, 120)))
    face = SoftFace(15, 10, 25, 20, 1.0)
    result = finished(PICTURE, frame, NETWORK, None, 4, (face,))
    plain = finished(PICTURE, frame, colour_planes(PICTURE), None, 1, ())

    assert np.array_equal(result.pixels[58:62, 58:62], plain.pixels[58:62, 58:62])


def test_softening_leaves_the_networks_own_result_alone() -> None:
    """It may be needed again, where memory ran out on the way."""
    before = NETWORK.clone()
    _soft(SoftFace(0, 0, 40, 30, 1.0))

    assert torch.equal(before, NETWORK)

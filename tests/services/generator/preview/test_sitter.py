"""What five points say of a head."""

import numpy as np
import pytest

from services.generator.poses import Pose, placed
from services.generator.preview.sitter import Sitter


def seen(**pose: float) -> Sitter:
    return Sitter.from_points(placed(Pose(**pose), 896, 1152))


def test_a_face_from_the_front_is_level() -> None:
    """A unit is the distance of the eyes; nothing leans, nods or turns."""
    sitter = seen(eyes=150)
    assert 150 == pytest.approx(sitter.unit, rel=0.05)
    np.testing.assert_allclose(sitter.down, (0, 1), atol=1e-6)
    assert (0, 0) == pytest.approx((sitter.nod, sitter.turn), abs=0.05)


def test_turning_does_not_shrink_a_head() -> None:
    """The eyes come closer together; the length of the face stays, and tells the size."""
    assert seen(turn=0).unit == pytest.approx(seen(turn=40).unit, rel=0.06)


@pytest.mark.parametrize(("degrees", "side"), [(30, 1), (-30, -1)])
def test_a_turned_head_is_noticed(degrees: float, side: int) -> None:
    """By the nose, which goes with it."""
    assert side == np.sign(seen(turn=degrees).turn)
    assert abs(seen(turn=degrees).turn) > 0.2


def test_a_leaning_head_keeps_its_axis() -> None:
    """Down is down along the face."""
    lean = seen(tilt=20)
    assert 20 == pytest.approx(abs(np.degrees(np.arctan2(lean.down[0], lean.down[1]))), abs=0.5)


def test_it_moves_with_the_picture() -> None:
    """Twice as large and elsewhere: the same head in other pixels."""
    sitter = seen(tilt=5, turn=10)
    moved = sitter.moved(np.array([[2.0, 0, 10], [0, 2.0, -20]]))
    assert 2 * sitter.unit == pytest.approx(moved.unit)
    np.testing.assert_allclose(2 * sitter.eyes + (10, -20), moved.eyes, rtol=1e-5)
    np.testing.assert_allclose(sitter.down, moved.down, atol=1e-6)

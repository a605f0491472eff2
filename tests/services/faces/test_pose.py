"""Turned heads: a known head is turned by known angles, and pictures of people turn the right way."""

import numpy as np
import pytest

from services.faces.face import Points
from services.faces.geometry import ARCFACE_TEMPLATE
from services.faces.pose import pose_of

# Eyes, nose tip and mouth corners of an average head in eye distances; the nose stands out by 0.42.
HEAD = np.array([[-0.5, -0.57, 0.0], [0.5, -0.57, 0.0], [0, 0, 0.42], [-0.41, 0.58, 0.1], [0.41, 0.58, 0.1]])


def seen(yaw: float, pitch: float, roll: float, size: float = 80) -> Points:
    """The head turned about its own axes and looked at from afar; y points down, depth towards the camera."""
    y, p, r = np.deg2rad([yaw, pitch, roll])
    pitched = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    yawed = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rolled = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turned = HEAD @ (rolled @ yawed @ pitched).T
    return (turned[:, :2] * size + 300).astype(np.float32)


def test_a_head_from_the_front_is_not_turned() -> None:
    """ArcFace's template is the average face seen from the front."""
    assert pose_of(ARCFACE_TEMPLATE) == pytest.approx((0, 0, 0), abs=1)


@pytest.mark.parametrize("yaw", [-60, -35, -10, 10, 35, 60])
def test_yaw_is_found(yaw: float) -> None:
    """Positive is towards the right edge of the picture: there the nose goes."""
    pose = pose_of(seen(yaw, 0, 0))

    assert pose.yaw == pytest.approx(yaw, abs=6)
    assert pose.pitch == pytest.approx(0, abs=6)


@pytest.mark.parametrize("pitch", [-30, -15, 15, 30])
def test_pitch_is_found_and_leans_to_the_usual(pitch: float) -> None:
    """Five points tell a lowered chin from a long nose badly, so the estimate may fall short, never exceed."""
    estimate = pose_of(seen(0, pitch, 0)).pitch

    assert 0.5 * abs(pitch) <= estimate * np.sign(pitch) <= abs(pitch) + 2


@pytest.mark.parametrize("roll", [-170, -90, -20, 20, 90, 170])
def test_roll_is_found_all_the_way_round(roll: float) -> None:
    """Positive is clockwise as seen."""
    assert pose_of(seen(0, 0, roll)).roll == pytest.approx(roll, abs=2)


def test_size_and_place_do_not_matter() -> None:
    """A pose is of the head, not of the picture."""
    assert pose_of(seen(25, -10, 5, size=10)) == pytest.approx(pose_of(seen(25, -10, 5, size=700)), abs=0.5)


def test_a_broad_smile_is_not_a_bow() -> None:
    """It lifts the corners of the mouth by a fifth of the eye distance and spreads them."""
    smiling = seen(0, 0, 0)
    smiling[3] += (-8, -16)
    smiling[4] += (8, -16)

    assert pose_of(smiling).pitch == pytest.approx(0, abs=8)


def test_a_mirrored_head_is_turned_the_other_way() -> None:
    """Left and right change places, points and angle alike."""
    points = seen(30, 10, 8)
    mirrored = (points * np.array([-1, 1], dtype=np.float32))[[1, 0, 2, 4, 3]]

    there, back = pose_of(points), pose_of(mirrored)
    assert (back.yaw, back.pitch, back.roll) == pytest.approx((-there.yaw, there.pitch, -there.roll), abs=0.5)

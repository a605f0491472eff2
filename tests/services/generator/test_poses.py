"""Pose templates on canvases of any shape, and on faces of any proportions."""

import numpy as np
import pytest

from services.generator.poses import POSES, Points, placed


@pytest.mark.parametrize("size", [(896, 1152), (1024, 1024), (1152, 896), (768, 960), (64, 64)])
@pytest.mark.parametrize("name", POSES)
def test_faces_stay_on_the_canvas_and_the_right_way_up(name: str, size: tuple[int, int]) -> None:
    """Eyes above nose above mouth, left left of right."""
    left_eye, right_eye, nose, left_mouth, right_mouth = placed(POSES[name], *size)
    points = placed(POSES[name], *size)
    assert ((points > 0) & (points < size)).all()
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    assert left_eye[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]


def test_templates_scale_with_the_shorter_side_and_stay_in_the_middle() -> None:
    """Half the canvas is half of everything; a wider canvas moves the face, and leaves its size."""
    full, half, wide = (
        placed(POSES["front"], 896, 1152),
        placed(POSES["front"], 448, 576),
        placed(POSES["front"], 1152, 1152),
    )
    assert np.allclose(full / 2, half)
    assert np.allclose(
        placed(POSES["front"], 896, 1152)[:, 1] * 1152 / 896, wide[:, 1] + (1152 * 1152 / 896 - 1152) / 2
    )


def test_turning_left_mirrors_turning_right() -> None:
    """The same head in a mirror."""
    left, right = placed(POSES["left"], 896, 1152), placed(POSES["right"], 896, 1152)
    mirrored = right[[1, 0, 2, 4, 3]] * (-1, 1) + (896, 0)
    assert np.allclose(left, mirrored, atol=1e-3)


def face(length: float, breadth: float) -> Points:
    """Of eyes one apart, rolled by a third of a right angle: the fit has to see through that."""
    upright = np.array([(-0.5, 0), (0.5, 0), (0, length / 2), (-breadth / 2, length), (breadth / 2, length)])
    turn = np.pi / 6
    rolled = upright @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    points: Points = (rolled * 80 + (300, 400)).astype(np.float32)
    return points


def test_a_template_takes_the_proportions_of_the_person() -> None:
    """A longer face with a smaller mouth gets one, at the template's place and size."""
    plain, fitted = placed(POSES["front"], 896, 1152), placed(POSES["front"], 896, 1152, face(1.3, 0.75))
    assert np.allclose(plain[:2], fitted[:2])
    assert pytest.approx(1.3 * 150, rel=1e-3) == fitted[3:, 1].mean() - fitted[0, 1]
    assert pytest.approx(0.75 * 150, rel=1e-3) == fitted[4, 0] - fitted[3, 0]


def test_a_turned_photo_does_not_stretch_a_template() -> None:
    """Eyes that are near each other by perspective are followed so far and no further."""
    fitted = placed(POSES["front"], 896, 1152, face(2.5, 2.0))
    assert fitted[3:, 1].mean() - fitted[0, 1] <= 1.155 * 1.2 * 150 + 1

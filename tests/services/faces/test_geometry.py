"""Key points and boxes, by hand-computed numbers."""

import numpy as np
import pytest
from insightface.utils import face_align

from services.faces.face import Box, Face
from services.faces.geometry import (
    ARCFACE_TEMPLATE,
    face_side,
    five_of_68,
    inverse,
    largest_face,
    rivals,
    rotation_about,
    shown,
    similarity,
    to_template,
    transform,
)

POINTS = np.array([[400, 400], [600, 400], [500, 520], [420, 640], [580, 640]], dtype=np.float32)


def face(left: float, top: float, right: float, bottom: float) -> Face:
    return Face(Box(left, top, right, bottom), 1.0, POINTS)


def test_the_largest_face_is_the_one_with_the_largest_area() -> None:
    """A misplaced parenthesis, (x2-x1)*y2-y1, would take the lower of these two."""
    near, low = face(0, 0, 200, 200), face(500, 800, 600, 900)

    assert largest_face([low, near]) is near


def test_of_equals_the_first_is_largest() -> None:
    """Detectors report the likeliest first, and nothing may depend on chance."""
    one, other = face(0, 0, 10, 10), face(50, 50, 60, 60)

    assert largest_face([one, other]) is one


def test_rivals_are_faces_of_similar_size() -> None:
    """100 x 100 has 10,000 pixels; 70 x 70 is 49 % of them, 60 x 60 is 36 %."""
    chosen, near, far = face(0, 0, 100, 100), face(0, 0, 70, 70), face(0, 0, 60, 60)

    assert rivals([far, chosen, near], chosen, 0.45) == [near]


def test_overlap_is_intersection_over_union() -> None:
    """Two squares of 100, sharing 50: 50 / 150."""
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert Box(0, 0, 10, 10).overlap(Box(20, 20, 30, 30)) == 0


def test_a_similarity_is_recovered_by_hand_computed_numbers() -> None:
    """Turned by 90 degrees, doubled and shifted: x' = -2y + 30, y' = 2x + 5."""
    target = np.stack([-2 * POINTS[:, 1] + 30, 2 * POINTS[:, 0] + 5], axis=1)

    np.testing.assert_allclose(similarity(POINTS, target), [[0, -2, 30], [2, 0, 5]], atol=1e-9)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    """The best similarity has no reflection: its determinant stays positive."""
    mirrored = POINTS * np.array([-1, 1], dtype=np.float32)

    assert np.linalg.det(similarity(POINTS, mirrored)[:, :2]) > 0


@pytest.mark.filterwarnings("ignore:.estimate. is deprecated:FutureWarning")
def test_alignment_is_insightface_s_own() -> None:
    """For random key points the matrix agrees to float noise."""
    rng = np.random.default_rng(7)
    for _ in range(50):
        points = (ARCFACE_TEMPLATE * rng.uniform(0.5, 8) + rng.normal(0, 6, (5, 2)) + rng.uniform(0, 900, 2)).astype(
            "f4"
        )

        np.testing.assert_allclose(to_template(points), face_align.estimate_norm(points), rtol=1e-6, atol=1e-6)


def test_points_that_coincide_are_refused() -> None:
    """No matrix can be had from them, and NaN must not travel on."""
    with pytest.raises(ValueError, match="coincide"):
        similarity(np.zeros((5, 2), dtype=np.float32), ARCFACE_TEMPLATE)


def test_an_eye_is_the_mean_of_its_outline() -> None:
    """Every landmark carries its own number, so the means can be read off."""
    landmarks = np.stack([np.arange(68), 1000 + np.arange(68)], axis=1).astype(np.float32)

    expected = [[38.5, 1038.5], [44.5, 1044.5], [30, 1030], [48, 1048], [54, 1054]]
    np.testing.assert_array_equal(five_of_68(landmarks), np.array(expected, dtype=np.float32))


def test_a_face_fills_its_square_at_the_template_s_own_size() -> None:
    """The template is 112 pixels wide; three times as large it is 336."""
    assert face_side(ARCFACE_TEMPLATE) == pytest.approx(112, rel=1e-5)
    assert face_side(ARCFACE_TEMPLATE * 3) == pytest.approx(336, rel=1e-5)


def test_a_matrix_and_its_inverse_cancel() -> None:
    """There and back again."""
    matrix = rotation_about(30, (10, 20), (300, 400)) * 2.5

    np.testing.assert_allclose(transform(transform(POINTS, matrix), inverse(matrix)), POINTS, atol=1e-2)


def test_a_turn_of_90_degrees_is_clockwise_as_seen() -> None:
    """What was to the right of the centre is then below it."""
    moved = transform(np.array([[11.0, 20.0]]), rotation_about(90, (10, 20), (0, 0)))

    np.testing.assert_allclose(moved, [[0, 1]], atol=1e-6)


def test_what_the_photo_does_not_show_is_counted() -> None:
    """A square of 112 that starts at x = -56 has its left half outside."""
    half = shown(ARCFACE_TEMPLATE - np.array([56, 0], dtype=np.float32), 500, 500, 112)

    assert 0.5 == pytest.approx(1 - half.mean(), abs=0.01)
    assert shown(ARCFACE_TEMPLATE + 10, 500, 500, 112).all()


def test_a_scaled_face_is_the_same_face_in_a_larger_picture() -> None:
    """Box, points and landmarks move together."""
    small = Face(Box(1, 2, 3, 4), 0.5, POINTS, landmarks=POINTS)
    large = small.scaled(2)

    assert large.box == Box(2, 4, 6, 8)
    np.testing.assert_array_equal(large.key_points, POINTS * 2)
    assert large.landmarks is not None
    np.testing.assert_array_equal(large.landmarks, POINTS * 2)


def test_a_face_does_not_print_where_its_points_are() -> None:
    """Key points are biometric: a repr may end up in a log."""
    assert "400" not in repr(Face(Box(0, 0, 1, 1), 1.0, POINTS))

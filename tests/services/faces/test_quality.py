"""Numbers about a face, on photos made worse in known ways."""

import numpy as np
import pytest

from services.faces.face import Box, Face, Pixels, Points
from services.faces.quality import Quality, quality_of
from tests.services.faces import photos

# The astronaut's points in the portrait of 500 pixels, by dlib's landmarks.
POINTS: Points = np.array([[207, 202], [291, 205], [251, 254], [202, 278], [293, 282]], dtype=np.float32)


def measured(photo: Pixels, points: Points = POINTS, scale: float = 1.0) -> Quality:
    return quality_of(photo, Face(Box(160, 150, 340, 330), 1.0, points), scale)


def test_sizes_are_of_the_photo_as_sent() -> None:
    """Looked at in half its size: everything counted in pixels doubles, nothing else does."""
    whole, half = measured(photos.portrait()), measured(photos.portrait(), scale=2)

    assert half.face_px == 2 * whole.face_px == 360
    assert half.eye_distance_px == pytest.approx(2 * np.hypot(84, 3) * 1.0, rel=1e-3)
    assert half.sharpness == whole.sharpness


def test_a_photo_out_of_focus_is_less_sharp() -> None:
    """The same face, blurred by 1 and by 4 % of its width."""
    sharp, soft, blurred = (measured(photos.blurred(photos.portrait(), sigma)) for sigma in (0, 2.7, 11))

    assert sharp.sharpness > 1.5 * soft.sharpness > 3 * blurred.sharpness


def test_a_larger_photo_of_the_same_face_is_as_sharp() -> None:
    """What counts is what a recogniser sees, and that is a crop of fixed size."""
    small, large = measured(photos.resized(photos.portrait(), 0.6), POINTS * 0.6), measured(photos.portrait())

    assert small.sharpness == pytest.approx(large.sharpness, abs=0.08)


@pytest.mark.parametrize(("factor", "brightness"), [(0.2, 0.13), (1.0, 0.66)])
def test_brightness_and_contrast_follow_the_light(factor: float, brightness: float) -> None:
    """A fifth of the light is a fifth of both."""
    quality = measured(photos.lit(photos.portrait(), factor))

    assert quality.brightness == pytest.approx(brightness, abs=0.03)
    assert quality.contrast == pytest.approx(0.16 * factor, abs=0.02)


def test_what_is_burnt_out_is_counted() -> None:
    """Three times the light leaves most of a face plain white."""
    assert measured(photos.portrait()).clipped < 0.01
    assert measured(photos.lit(photos.portrait(), 3)).clipped > 0.6


def test_what_lies_outside_is_counted_and_not_measured() -> None:
    """Cut through the nose: half of the face is gone, and the black beyond the edge is nobody's exposure."""
    whole, half = measured(photos.portrait()), measured(photos.portrait()[:, 250:], POINTS - np.float32([250, 0]))

    assert half.cut_off == pytest.approx(0.5, abs=0.08)
    assert half.clipped == 0
    assert half.brightness == pytest.approx(whole.brightness, abs=0.08)


def test_a_face_wholly_outside_is_cut_off_entirely() -> None:
    """Points of a detector gone wrong; nothing divides by nothing."""
    quality = measured(photos.portrait(), POINTS + 5000)

    assert quality.cut_off == 1
    assert quality.sharpness == 0


def test_a_face_of_a_few_pixels_can_be_measured() -> None:
    """It will be refused for its size, with numbers."""
    assert measured(photos.resized(photos.portrait(), 0.02), POINTS * 0.02).eye_distance_px < 3

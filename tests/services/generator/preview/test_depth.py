"""The background without the person."""

import numpy as np

from services.generator.preview.depth import plate
from services.generator.preview.tones import encoded, linear

WALL, PERSON = (40, 90, 160), (250, 40, 30)


def scene() -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    person = np.zeros((128, 128), np.float32)
    person[40:, 44:84] = 1
    picture = np.where(person[..., None] > 0, PERSON, WALL).astype(np.uint8)
    return picture, person


def test_no_trace_of_the_person_is_left() -> None:
    """In front of one colour: that colour everywhere, where they stood and around them."""
    picture, person = scene()
    made = plate(picture, person, np.zeros_like(person), 1.0)
    wanted = np.array(WALL) / 255
    np.testing.assert_allclose(np.broadcast_to(wanted, made.sharp.shape), made.sharp, atol=0.01)
    np.testing.assert_allclose(np.broadcast_to(wanted, made.blurred.shape), made.blurred, atol=0.01)


def test_the_blur_keeps_light() -> None:
    """Out of focus, lamps become discs as bright in sum as they were: it is light that is spread, not sRGB."""
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[124:132, 124:132] = 255
    nobody = np.zeros((256, 256), np.float32)
    made = plate(picture, nobody, nobody, 1.0)
    sharp, blurred = (linear(np.rint(each * 255).astype(np.uint8)).sum() for each in (made.sharp, made.blurred))
    assert 0.8 < blurred / sharp < 1.25
    assert made.blurred.max() < 0.7


def test_no_depth_is_no_blur() -> None:
    """As sharp as a quarter of the size can be."""
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    nobody = np.zeros((64, 64), np.float32)
    made = plate(picture, nobody, nobody, 0.0)
    np.testing.assert_array_equal(made.sharp, made.blurred)


def test_light_and_bytes_are_inverse() -> None:
    """Every byte comes back."""
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(every, np.rint(encoded(linear(every)) * 255).astype(np.uint8))

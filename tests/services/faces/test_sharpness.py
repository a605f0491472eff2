"""Sharpness against scikit-image's implementation of the same paper, and what it is indifferent to."""

import numpy as np
import numpy.typing as npt
import pytest
from skimage.measure import blur_effect

from services.faces.crop import luminance
from services.faces.sharpness import sharpness_of
from tests.services.faces import photos


def head() -> npt.NDArray[np.float64]:
    return luminance(photos.portrait(224))


@pytest.mark.parametrize("sigma", [0, 1, 3])
def test_it_is_one_minus_scikit_image_s_blur_effect(sigma: float) -> None:
    """The same paper, the same numbers."""
    light = luminance(photos.blurred(photos.portrait(200), sigma))

    assert sharpness_of(light) == pytest.approx(1 - blur_effect(light, h_size=5), abs=1e-9)


def test_blur_lowers_it_step_by_step() -> None:
    """A selfie out of focus, more and more."""
    steps = [sharpness_of(luminance(photos.blurred(photos.portrait(224), sigma))) for sigma in (0, 1, 2, 4, 8)]

    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 3 * steps[-1]


def test_a_shaken_photo_is_blurred_although_one_axis_is_crisp() -> None:
    """Smeared sideways by ten pixels: what runs across keeps its edges."""
    assert sharpness_of(luminance(photos.shaken(photos.portrait(224), 10))) < 0.5 * sharpness_of(head())


def test_light_and_contrast_do_not_matter() -> None:
    """A dark photo is not a blurred one."""
    assert sharpness_of(head() * 0.1) == pytest.approx(sharpness_of(head()))
    assert sharpness_of(head() * 0.5 + 0.5) == pytest.approx(sharpness_of(head()))


def test_a_blank_wall_has_no_detail() -> None:
    """Nothing to divide by is not a reason to divide."""
    assert sharpness_of(np.full((50, 50), 0.5)) == 0

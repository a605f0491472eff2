"""Light, tone and colour."""

import numpy as np
import pytest

from services.generator.preview.grading import graded
from services.generator.preview.lighting import lit
from services.generator.preview.noise import generator
from services.generator.preview.sitter import Floats, Sitter
from services.generator.preview.staging import Grade, Light
from tests.services.generator.preview.sitting import drawn

RAMP: Floats = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], 3, 2).repeat(32, 0)
COLOURS: Floats = np.random.default_rng(1).random((32, 32, 3), np.float32)


def developed(picture: Floats, **grade: object) -> Floats:
    return graded(picture, Grade(**grade), generator(1, "grain"))  # type: ignore[arg-type]


def test_no_grade_is_the_picture() -> None:
    """Everything at its neutral value changes nothing."""
    np.testing.assert_array_equal(COLOURS, developed(COLOURS))


def test_a_stop_is_twice_the_light() -> None:
    """In linear light, where nothing is clipped."""
    grey = np.full((4, 4, 3), 0.4, np.float32)
    assert 2 == pytest.approx((developed(grey, exposure=1.0)[0, 0, 0] / 0.4) ** 2.2, rel=1e-3)


@pytest.mark.parametrize("contrast", [-1.0, 0.5, 1.0])
def test_contrast_keeps_black_middle_and_white(contrast: float) -> None:
    """And never turns darker into brighter."""
    bent = developed(RAMP, contrast=contrast)[0, :, 0]
    np.testing.assert_allclose((0, 1), (bent[0], bent[-1]), atol=1e-6)
    assert (np.diff(bent) > 0).all()
    assert (bent[48] > RAMP[0, 48, 0]) == (contrast > 0)


def test_black_and_white_has_no_colour() -> None:
    """All three parts of every pixel are equal."""
    grey = developed(COLOURS, saturation=-1.0)
    np.testing.assert_allclose(grey[..., :1].repeat(3, 2), grey, atol=1e-6)


def test_warm_is_red_and_cold_is_blue() -> None:
    """On grey, where it shows."""
    grey = np.full((4, 4, 3), 0.5, np.float32)
    warm, cold = developed(grey, warmth=1.0)[0, 0], developed(grey, warmth=-1.0)[0, 0]
    assert warm[0] > warm[2]
    assert cold[0] < cold[2]


def test_toning_keeps_brightness() -> None:
    """Colour is laid over shadows and lights, luminance stays."""
    toned = developed(RAMP, shadows=(0.1, 0.2, 0.6), lights=(1.0, 0.8, 0.4), toning=1.0)
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    np.testing.assert_allclose(RAMP @ weights, toned @ weights, atol=1e-3)
    assert toned[0, 5, 2] > toned[0, 5, 0]
    assert toned[0, 58, 0] > toned[0, 58, 2]


def test_light_comes_from_its_side() -> None:
    """At nine o'clock the left of the face brightens and the right darkens; the middle hardly changes."""
    grey = np.full((600, 480, 3), 0.5, np.float32)
    person = np.ones((600, 480), np.float32)
    shone = lit(grey, person, Sitter.from_points(drawn()[2]), Light(270, 0.5, 0.5))[215, :, 0]
    assert shone[180] > shone[240] > shone[300]
    assert 0.5 == pytest.approx(shone[240], abs=0.05)


def test_light_has_no_edge() -> None:
    """It changes slowly over the picture: nothing looks painted on."""
    grey = np.full((600, 480, 3), 0.5, np.float32)
    shone = lit(grey, np.ones((600, 480), np.float32), Sitter.from_points(drawn()[2]), Light(300, 1, 1))[..., 0]
    assert np.abs(np.diff(shone, axis=0)).max() < 0.01
    assert np.abs(np.diff(shone, axis=1)).max() < 0.01

"""Whole pictures: what they keep of the photo, what they change, and that nothing shows where it was changed."""

from dataclasses import replace

import numpy as np
import pytest

from services.generator.call import Pixels
from services.generator.preview.staging import Backdrop, Grade, Staging, Texture
from services.generator.preview.variation import varied
from tests.services.generator.preview.sitting import ASTRONAUT, STYLED, astronaut, drawn, made, request

TEXTURES = sorted(Texture, key=lambda texture: texture.value)


def picture(*, seed: int = 1, **wanted: object) -> Pixels:
    return made(request(**wanted), seed).finished()  # type: ignore[arg-type]


def test_the_same_request_makes_the_same_bytes() -> None:
    """A picture is a pure function of its request."""
    np.testing.assert_array_equal(picture(), picture())


def test_another_seed_is_another_picture() -> None:
    """A little different everywhere, and not much anywhere near the face."""
    one, other = picture(seed=1), picture(seed=2)
    assert (one != other).mean() > 0.5


def test_without_variation_seeds_frame_alike() -> None:
    """Only what is drawn by chance, grain and backdrop, differs."""
    still = replace(STYLED, variation=0.0)
    one, other = made(request(staging=still), 1), made(request(staging=still), 2)
    np.testing.assert_array_equal(one.key_points, other.key_points)
    assert varied(still, 1).staging == varied(still, 2).staging == still


@pytest.mark.parametrize("seed", range(8))
def test_variation_stays_in_range(seed: int) -> None:
    """Of framing a few per cent; of everything else, what the contract allows."""
    given = varied(Staging(grade=Grade(exposure=2, contrast=1, saturation=1, warmth=1), variation=1.0), seed)
    grade = given.staging.grade
    assert grade is not None
    assert max(grade.contrast, grade.saturation, grade.warmth) <= 1
    assert grade.exposure <= 2
    assert np.abs(given.shift).max() <= 0.04
    assert 0.93 < given.zoom < 1.07


def test_black_and_white_stays_so() -> None:
    """Whatever the seed: no variation brings colour back."""
    for seed in range(4):
        made_of = varied(Staging(grade=Grade(saturation=-1), variation=1.0), seed).staging.grade
        assert made_of is not None
        assert made_of.saturation == -1


def test_the_plainest_staging_only_reframes() -> None:
    """The face is the photo's own, pixel for pixel but for the enlarging: brightness and colour are untouched."""
    shown = made(request(staging=None))
    (x, y), radius = shown.key_points[2].astype(int), 20
    there = shown.finished()[y - radius : y + radius, x - radius : x + radius].mean((0, 1))
    own = astronaut()[112:142, 150:180].mean((0, 1))
    np.testing.assert_allclose(own, there, atol=6)


def test_it_says_where_the_face_is() -> None:
    """The key points of the picture are those of the photo, where they came to lie: a red dot stays on the nose."""
    photo = astronaut().copy()
    x, y = ASTRONAUT[2].astype(int)
    photo[y - 3 : y + 4, x - 3 : x + 4] = (255, 0, 0)
    shown = made(request(photo, staging=None, size=(512, 640)))
    red = shown.finished().astype(int)
    rows, columns = np.nonzero((red[..., 0] > 200) & (red[..., 1:].max(-1) < 60))
    np.testing.assert_allclose(shown.key_points[2], (np.median(columns), np.median(rows)), atol=3)


@pytest.mark.parametrize("texture", TEXTURES)
def test_a_backdrop_is_behind_the_person(texture: Texture) -> None:
    """The wall takes its colours, the face keeps its own."""
    photo, _, points = drawn()
    green = Staging(Backdrop(texture, (0.1, 0.7, 0.2), (0.1, 0.6, 0.2), 1.0), depth=0.5)
    shown = made(request(photo, points, staging=green, size=(512, 640)))
    pixels, (x, y) = shown.finished().astype(int), shown.key_points[2].astype(int)
    wall, face = pixels[40:100, 20:80].mean((0, 1)), pixels[y - 10 : y + 10, x - 10 : x + 10].mean((0, 1))
    assert wall[1] > wall[0] + 20
    np.testing.assert_allclose((214, 170, 142), face, atol=5)


def test_there_is_no_halo() -> None:
    """Just outside of the outline the backdrop is as it is farther away, and just inside is nothing of the old wall."""
    photo, _, points = drawn()
    white = Staging(Backdrop(Texture.PLAIN, (0.9, 0.9, 0.9), (0.9, 0.9, 0.9), 1.0), depth=0.5)
    shown = made(request(photo, points, staging=white, size=(512, 640)))
    pixels, unit = shown.finished().astype(int), shown.key_points[1, 0] - shown.key_points[0, 0]
    eyes = shown.key_points[:2].mean(0)
    # In the photo the head ends 77 pixels aside of its middle at the height of the eyes, where the eyes are 60 apart.
    edge, gap = 77 / 60 * unit, 0.12 * unit
    row = pixels[int(eyes[1])]
    for side in (-1, 1):
        outer, inner = int(eyes[0] + side * (edge + gap)), int(eyes[0] + side * (edge - gap))
        np.testing.assert_allclose((229, 229, 230), row[outer], atol=12)
        np.testing.assert_allclose((214, 170, 142), row[inner], atol=16)


def test_nobody_floats() -> None:
    """A landscape photo that ends at the chest: the person goes down to the canvas's lower edge."""
    white = Staging(Backdrop(Texture.PLAIN, (1, 1, 1), (1, 1, 1), 1.0), depth=0.5)
    pixels = picture(photo=astronaut()[:300], staging=white, size=(512, 640))
    assert (pixels[-1, 180:330].astype(int).min(-1) < 200).mean() > 0.9


@pytest.mark.parametrize("size", [(256, 256), (320, 256), (256, 512), (896, 1152)])
def test_any_canvas(size: tuple[int, int]) -> None:
    """Tall, wide, square, large: exactly as large as asked."""
    assert (size[1], size[0], 3) == picture(size=size).shape


@pytest.mark.parametrize("pose", ["close", "half-body", "left", "tilted"])
def test_any_pose(pose: str) -> None:
    """The face is on the canvas, whole."""
    points = made(request(pose=pose)).key_points
    assert ((points > 0) & (points < (256, 320))).all()

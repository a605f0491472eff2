"""Who is the person in a photo."""

import numpy as np
import pytest

from services.generator.preview.silhouette import UNIT_PX, silhouette
from services.generator.preview.sitter import Sitter
from tests.services.faces.photos import six_people
from tests.services.generator.preview.sitting import ASTRONAUT, astronaut, drawn


def test_a_drawn_person_is_found() -> None:
    """Nine tenths of them and nothing much else, judged pixel by pixel."""
    photo, outline, points = drawn()
    found = silhouette(photo, Sitter.from_points(points))
    y, x = np.mgrid[:600, :480]
    mask = found.at(x.astype(float), y.astype(float)) > 0.5
    assert (mask & outline).sum() / (mask | outline).sum() > 0.9


@pytest.mark.parametrize(
    ("x", "y", "person"), [(165, 60, 1), (165, 120, 1), (165, 350, 1), (40, 380, 1), (20, 60, 0), (320, 60, 0)]
)
def test_the_astronaut_stands_out(x: float, y: float, person: int) -> None:
    """Hair, face, chest and sleeve are hers; flag and shuttle are not."""
    assert person == silhouette(astronaut(), Sitter.from_points(ASTRONAUT)).at(x, y)


def test_she_is_sure_of_her_head() -> None:
    """All guesses see the same."""
    assert silhouette(astronaut(), Sitter.from_points(ASTRONAUT)).agreement == 1


def test_doubt_is_admitted() -> None:
    """Dark hair in front of a dark wall: the guesses differ, and a backdrop will cover less."""
    points = np.array([(761.6, 398.5), (800.5, 403.9), (771.0, 430.6), (763.2, 435.9), (808.0, 441.7)], np.float32)
    assert silhouette(six_people(), Sitter.from_points(points)).agreement < 0.6


def test_the_same_photo_gives_the_same_mask() -> None:
    """k-means begins by chance; that chance is the same each time."""
    first, second = (silhouette(astronaut(), Sitter.from_points(ASTRONAUT)).mask for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_size_of_the_photo_does_not_matter() -> None:
    """The work is bounded by the size of the face: a huge photo is as much as a small one."""
    large = np.repeat(np.repeat(astronaut(), 4, 0), 4, 1)
    mask = silhouette(large, Sitter.from_points(ASTRONAUT * 4)).mask
    assert max(mask.shape) < UNIT_PX * 16


def test_a_face_that_is_all_there_is() -> None:
    """A photo smaller than the face: everything is the person."""
    photo = astronaut()[90:150, 135:195].copy()
    found = silhouette(photo, Sitter.from_points(ASTRONAUT - (135, 90)))
    assert found.mask.min() == 1

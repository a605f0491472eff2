"""Pieces of pictures: where they come from, and that nothing of the source is skipped."""

import numpy as np
import pytest

from services.faces.crop import upright_face, warped
from services.faces.face import Pixels
from services.faces.geometry import ARCFACE_TEMPLATE
from tests.services.faces import photos

SHIFT = np.array([[1.0, 0.0, -100.0], [0.0, 1.0, -50.0]])


def test_a_plain_shift_copies_pixels() -> None:
    """Target 0, 0 is source 100, 50, bit for bit."""
    photo = photos.astronaut()

    np.testing.assert_array_equal(warped(photo, SHIFT, (60, 40)), photo[50:90, 100:160])


def test_where_the_photo_ends_the_fill_begins() -> None:
    """The left half of this piece lies outside."""
    piece = warped(photos.astronaut(), np.array([[1.0, 0, 20], [0, 1.0, 0]]), (40, 40), fill=(9, 8, 7))

    assert (piece[:, :19] == (9, 8, 7)).all()
    np.testing.assert_array_equal(piece[:, 21:], photos.astronaut()[:40, 1:20])


def test_a_piece_from_beside_the_photo_is_all_fill() -> None:
    """A key point far outside must not fail, nor show what is not there."""
    piece = warped(photos.astronaut(), np.array([[1.0, 0, 9000], [0, 1.0, 9000]]), (8, 8), fill=(9, 8, 7))

    assert (piece == (9, 8, 7)).all()


def test_shrinking_averages_instead_of_skipping() -> None:
    """Black and white stripes one pixel wide are grey from afar, not black or white."""
    stripes = np.zeros((800, 800, 3), dtype=np.uint8)
    stripes[:, ::2] = 255

    middle = warped(stripes, np.array([[0.1, 0, 0], [0, 0.1, 0]]), (80, 80))[20:60, 20:60]
    assert middle.min() > 110
    assert middle.max() < 145


@pytest.mark.parametrize("factor", [0.6, 1, 3])
def test_a_face_looks_the_same_at_every_size(factor: float) -> None:
    """The aligned square shows eyes and mouth at the template's places, however many pixels they came from."""
    photo = photos.resized(photos.portrait(), factor)
    points = np.array([[202, 202], [286, 204], [246, 254], [196, 278], [288, 282]], dtype=np.float32) * factor

    assert mean_difference(upright_face(photo, points, 64), upright_face(photos.portrait(), points / factor, 64)) < 4


def test_a_face_on_the_template_is_cut_out_as_it_is() -> None:
    """Points that are the template's own need no matrix at all."""
    photo = photos.astronaut()[:200, :200]

    assert mean_difference(upright_face(photo, ARCFACE_TEMPLATE, 112), photo[:112, :112]) < 1


def mean_difference(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())

"""The person in front of something else, and the mask that decides where they end."""

import numpy as np

from services.generator.preview.compositing import composed, person_alone
from services.generator.preview.matte import matte
from services.generator.preview.silhouette import Silhouette
from services.generator.preview.sitter import Floats, Sitter
from tests.services.generator.preview.sitting import drawn

UNIT = 40.0
RED, BLUE, WHITE = ([1.0, 0.1, 0.1], [0.1, 0.1, 1.0], [1.0, 1.0, 1.0])


def plain(colour: list[float]) -> Floats:
    return np.broadcast_to(np.array(colour, np.float32), (64, 64, 3)).copy()


def half_there() -> Floats:
    """Somebody on the left whose edge is as soft as hair, over a fifth of a unit."""
    return np.broadcast_to(np.clip((40 - np.arange(64, dtype=np.float32)) / 8, 0, 1), (64, 64)).copy()


def test_the_old_background_is_taken_out_of_the_edge() -> None:
    """Red hair in front of blue, brought in front of white: nowhere is there a trace of blue."""
    person = half_there()
    seen = person[..., None] * plain(RED) + (1 - person[..., None]) * plain(BLUE)
    alone = person_alone(seen, person, plain(BLUE), UNIT)
    np.testing.assert_allclose(plain(RED)[:, :38], alone[:, :38], atol=0.1)
    shown = composed(alone, person, plain(WHITE), UNIT)
    assert (shown[..., 0] >= shown[..., 2] - 0.02).all()


def test_nobody_changes_nothing_behind() -> None:
    """Without a person the background is as it is; with nothing but a person, they are."""
    nobody, everybody = np.zeros((64, 64), np.float32), np.ones((64, 64), np.float32)
    np.testing.assert_array_equal(plain(BLUE), composed(plain(RED), nobody, plain(BLUE), UNIT))
    np.testing.assert_array_equal(plain(RED), composed(plain(RED), everybody, plain(BLUE), UNIT))


def test_the_edge_of_the_picture_is_found_again() -> None:
    """A mask that is three pixels too small all around: the person ends where the picture says."""
    photo, outline, points = drawn()
    rough = np.zeros((600, 480), np.float32)
    shrunk = outline.copy()
    for axis in (0, 1):
        shrunk &= np.roll(outline, 3, axis) & np.roll(outline, -3, axis)
    rough[shrunk] = 1
    found = matte(photo, Silhouette(rough, np.eye(2, 3), 1.0), np.eye(2, 3), Sitter.from_points(points)) > 0.5
    head = slice(125, 300)
    assert (found[head] ^ outline[head]).sum() < 0.5 * (shrunk[head] ^ outline[head]).sum()


def test_others_fade_away() -> None:
    """Whatever is farther from the face than a person can reach is nobody's, though a mask may say so."""
    photo, _, points = drawn()
    everywhere = Silhouette(np.ones((600, 480), np.float32), np.eye(2, 3), 1.0)
    person = matte(photo, everywhere, np.eye(2, 3), Sitter.from_points(points))
    assert person[:20, :20].max() == 0
    assert person[230, 240] == 1
    assert person[590, 240] == 1

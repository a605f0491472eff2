"""Several photos of one person, or not of one person."""

import numpy as np
import pytest

from services.faces.embedding import Embedding, Recognition, Thresholds, cosine_drift
from services.faces.fusion import Fusion, baseline_of, fuse

ARC = Recognition("arc@1/x", 2, Thresholds(0.18, 0.30, 0.55, 0.70), cosine_drift)


def at(degrees: float, length: float = 22.6) -> Embedding:
    """An embedding in that direction: two of them drift by 1 - cos of the angle between."""
    angle = np.deg2rad(degrees)
    return Embedding(ARC.id, (length * np.array([np.cos(angle), np.sin(angle)])).astype(np.float32))


# 1 - cos: 25 degrees 0.09, 40 degrees 0.23, 66 degrees 0.59 (beyond match), 90 degrees 1 (a stranger).
NEAR, APART, STRANGER = 25, 66, 90


def test_one_photo_is_its_own_identity() -> None:
    """Raw, with its norm."""
    identity = fuse(ARC, [at(10)], [0.5], Fusion.QUALITY)

    assert identity.embedding is not None
    np.testing.assert_array_equal(identity.embedding.values, at(10).values)
    assert identity.weights == (1.0,)
    assert identity.outliers == ()


def test_the_plain_mean_is_of_raw_embeddings() -> None:
    """Not of normalised ones: the longer counts more. It is what InstantID's authors do."""
    identity = fuse(ARC, [at(0, 20), at(NEAR, 10)], [1.0, 0.1], Fusion.MEAN)

    assert identity.embedding is not None
    np.testing.assert_allclose(identity.embedding.values, (at(0, 20).values + at(NEAR, 10).values) / 2, rtol=1e-6)
    assert identity.weights == (0.5, 0.5)


def test_the_better_photo_weighs_more() -> None:
    """Scores 0.9 and 0.3 are weights of three quarters and one quarter."""
    identity = fuse(ARC, [at(0), at(NEAR)], [0.9, 0.3], Fusion.QUALITY)

    assert identity.embedding is not None
    assert identity.weights == pytest.approx((0.75, 0.25))
    np.testing.assert_allclose(identity.embedding.values, 0.75 * at(0).values + 0.25 * at(NEAR).values, rtol=1e-6)


def test_photos_without_any_score_weigh_the_same() -> None:
    """All refused for their quality is no reason to divide by zero."""
    assert fuse(ARC, [at(0), at(NEAR)], [0.0, 0.0], Fusion.QUALITY).weights == (0.5, 0.5)


def test_a_photo_that_stands_apart_is_named_and_left_out() -> None:
    """Three agree, one is beyond match and short of a stranger."""
    identity = fuse(ARC, [at(0), at(APART), at(-3), at(-6)], [1, 1, 1, 1], Fusion.MEAN)

    assert identity.outliers == (1,)
    assert identity.strangers == ()
    assert identity.weights == pytest.approx((1 / 3, 0, 1 / 3, 1 / 3))


def test_of_two_that_stand_apart_both_are_named_and_both_are_kept() -> None:
    """Nobody can tell which one is the odd one out."""
    identity = fuse(ARC, [at(0), at(APART)], [1, 1], Fusion.MEAN)

    assert identity.outliers == (0, 1)
    assert identity.embedding is not None


def test_of_two_strangers_no_mean_is_made() -> None:
    """The face in between belongs to nobody."""
    identity = fuse(ARC, [at(0), at(STRANGER)], [1, 1], Fusion.MEAN)

    assert identity.strangers == (0, 1)
    assert identity.embedding is None


def test_a_stranger_among_friends_is_named() -> None:
    """Four of one person and one of another: no mean, and the index to leave out."""
    identity = fuse(ARC, [at(0), at(8), at(STRANGER + 4), at(4), at(-4)], [1] * 5, Fusion.QUALITY)

    assert identity.strangers == (2,)
    assert identity.embedding is None


def test_the_order_of_photos_does_not_matter() -> None:
    """A mean is a mean."""
    photos, scores = [at(0), at(APART), at(5), at(-9)], [0.9, 0.8, 0.5, 0.4]
    there = fuse(ARC, photos, scores, Fusion.QUALITY)
    back = fuse(ARC, photos[::-1], scores[::-1], Fusion.QUALITY)

    assert there.embedding is not None
    assert back.embedding is not None
    np.testing.assert_allclose(there.embedding.values, back.embedding.values, rtol=1e-6)
    assert there.weights == pytest.approx(back.weights[::-1])


def test_a_baseline_needs_two() -> None:
    """How far apart genuine photos are cannot be told from one."""
    assert baseline_of(np.zeros((1, 1))) is None


def test_a_baseline_is_of_pairs() -> None:
    """Three photos, three pairs: 0.1, 0.3, 0.2."""
    baseline = baseline_of(np.array([[0, 0.1, 0.3], [0.1, 0, 0.2], [0.3, 0.2, 0]]))

    assert baseline is not None
    assert (baseline.references, baseline.smallest, baseline.median, baseline.largest) == (3, 0.1, 0.2, 0.3)

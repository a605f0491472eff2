"""What may be compared, and what the numbers mean."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest
from services.faces import dlib_scale
from services.faces.embedding import (
    Embedding,
    Recognition,
    SquaredDistance,
    Thresholds,
    cosine_drift,
    fingerprint,
    matrix,
)
from services.faces.tiers import Tier, tier_of

THRESHOLDS = Thresholds(0.18, 0.30, 0.55, 0.70)
ARC = Recognition("arc@1/x", 3, THRESHOLDS, cosine_drift)


def embedding(*values: float, by: str = ARC.id) -> Embedding:
    return Embedding(by, np.array(values, dtype=np.float32))


def test_drift_is_one_minus_cosine() -> None:
    """A right angle is 1, the same direction 0 whatever the length, the opposite 2."""
    assert ARC.drift(embedding(3, 0, 0), embedding(0, 9, 0)) == pytest.approx(1)
    assert ARC.drift(embedding(3, 0, 0), embedding(22, 0, 0)) == pytest.approx(0)
    assert ARC.drift(embedding(3, 0, 0), embedding(-1, 0, 0)) == pytest.approx(2)


@given(
    st.lists(st.floats(-50, 50, width=32), min_size=3, max_size=3).filter(lambda values: max(map(abs, values)) > 1e-3)
)
def test_nothing_drifts_from_itself(values: list[float]) -> None:
    """Zero, not a rounding error below it; and from its opposite two, not one above."""
    opposite = [-value for value in values]

    assert 0 <= ARC.drift(embedding(*values), embedding(*values)) < 1e-6
    assert 2 - 1e-6 < ARC.drift(embedding(*values), embedding(*opposite)) <= 2


def test_embeddings_of_another_recogniser_are_refused() -> None:
    """Same length, same name, other weights: the numbers have nothing to do with each other."""
    with pytest.raises(BadRequest) as refused:
        ARC.drift(embedding(1, 0, 0), embedding(1, 0, 0, by="arc@2/x"))

    assert refused.value.reason == reasons.REASON_RECOGNISER_MISMATCH


@pytest.mark.parametrize(
    "values",
    [(1, 2), (1, 2, 3, 4), (0, 0, 0), (1, float("nan"), 0), (1, float("inf"), 0), ()],
    ids=["short", "long", "zero norm", "nan", "infinite", "empty"],
)
def test_numbers_that_no_recogniser_makes_are_refused(values: tuple[float, ...]) -> None:
    """One reason for all of them, and no value in the message."""
    with pytest.raises(BadRequest) as refused:
        ARC.check(embedding(*values))

    assert refused.value.reason == reasons.REASON_INVALID_EMBEDDING
    assert "nan" not in refused.value.message


def test_an_embedding_does_not_print_its_numbers() -> None:
    """A repr may end up in a log."""
    assert "0.123" not in repr(embedding(0.123, 1, 1))


def test_dlib_s_published_line_is_the_match_line() -> None:
    """A Euclidean 0.6 is the last distance that is still the same person."""
    one = np.zeros(128, dtype=np.float32)
    other = np.zeros(128, dtype=np.float32)
    other[5] = 0.6
    drift = dlib_scale.LINE(one, other)

    assert drift == pytest.approx(dlib_scale.THRESHOLDS.match, rel=1e-5)


def test_dlib_s_scale_does_not_care_where_its_centre_is() -> None:
    """Shifting both descriptors changes nothing; a cosine it would change."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 0.05, (2, 128)).astype(np.float32)
    centre = rng.normal(0, 0.1, 128).astype(np.float32)

    assert dlib_scale.LINE(one + centre, other + centre) == pytest.approx(dlib_scale.LINE(one, other), rel=1e-4)
    assert cosine_drift(one + centre, other + centre) < 0.5 * cosine_drift(one, other)


@given(st.integers(0, 2**32 - 1))
def test_squared_distance_is_the_cosine_of_centred_unit_vectors(seed: int) -> None:
    """For them 1 - cosine is half the squared distance; the scale only sets the unit."""
    rng = np.random.default_rng(seed)
    one, other = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 64)))

    assert SquaredDistance(np.sqrt(2), 1.0)(one, other) == pytest.approx(cosine_drift(one, other), abs=1e-9)


@pytest.mark.parametrize(
    ("drift", "tier"),
    [
        (0.0, Tier.LOCKED),
        (0.18, Tier.LOCKED),
        (0.1801, Tier.STRONG),
        (0.30, Tier.STRONG),
        (0.31, Tier.MATCH),
        (0.55, Tier.MATCH),
        (0.56, Tier.FAIL),
        (1.2, Tier.FAIL),
        (float("nan"), Tier.FAIL),
    ],
)
def test_tiers_include_their_threshold(drift: float, tier: Tier) -> None:
    """At most, not less than; and not a number is not a likeness."""
    assert tier == tier_of(drift, THRESHOLDS)


def test_an_id_says_name_weights_and_preprocessing() -> None:
    """Whatever changes the numbers changes the id."""
    assert fingerprint("arc", "ab" * 32, "112-rgb") == "arc@abababababababab/112-rgb"


def test_the_matrix_is_symmetric_with_an_empty_diagonal() -> None:
    """Each pair is measured once."""
    drifts: npt.NDArray[np.float64] = matrix(ARC, [embedding(1, 0, 0), embedding(0, 1, 0), embedding(1, 1, 0)])

    np.testing.assert_allclose(drifts, drifts.T)
    np.testing.assert_allclose(drifts[0], [0, 1, 1 - 0.5**0.5], atol=1e-6)

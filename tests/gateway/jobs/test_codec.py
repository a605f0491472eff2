"""What may be written into the job database, and that nothing else can."""

import base64
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons

from gateway.jobs.codec import Refused, decode, encode
from likeness_wire.errors import BadPhoto, Exhausted, Internal, LikenessError

WORDS = st.text("abcXYZ019._:/+-", max_size=128)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_allowed_comes_back_as_it_was(value: object) -> None:
    """Ids, numbers, states, and what is made of them."""
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        "a prompt has spaces",
        "Müller",
        "x" * 129,
        base64.b64encode(bytes(200)).decode(),
        [0.1] * 128,
        {"drift": float("nan")},
        {"a b": 1},
        {1: 2},
        {"set": {1}},
        object(),
        [[[[[[[[[[1]]]]]]]]]],
        memoryview(b"x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_refused(value: object) -> None:
    """Pixels, embeddings and prompts among it; the refusal quotes nothing."""
    with pytest.raises(Refused) as refused:
        encode(value)

    assert "prompt has" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (BadPhoto(reasons.REASON_NO_FACE, "secret words"), BadPhoto, reasons.REASON_NO_FACE),
        (Exhausted(reasons.REASON_QUEUE_FULL, "secret words"), Exhausted, reasons.REASON_QUEUE_FULL),
        (ValueError("secret words"), Internal, reasons.REASON_INTERNAL),
    ],
)
def test_of_a_failure_its_reason_is_kept_and_nothing_else(
    error: Exception, kind: type[LikenessError], reason: int
) -> None:
    """It comes back as its class, so that a course can tell failures apart."""
    written = encode(error)
    back = decode(written)

    assert "secret" not in written
    assert isinstance(back, kind)
    assert back.reason == reason


def test_a_reason_that_this_build_does_not_know_is_an_internal_one() -> None:
    """A newer process may have written it."""
    assert decode('{"!failure": "FROM_THE_FUTURE"}').reason == reasons.REASON_INTERNAL


def test_reading_runs_nothing() -> None:
    """What looks like a pickle is a syntax error."""
    with pytest.raises(ValueError):
        decode(base64.b64encode(pickle.dumps(print)).decode())

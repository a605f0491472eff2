"""Places in the vault, and pictures that lie there with what is known of them."""

import pytest
from likeness.gateway.v1.result_pb2 import Result, Try

from gateway.pipeline.records import opened, sealed, try_index
from gateway.pipeline.seeds import MOST_TRIES


def test_a_picture_comes_back_from_the_beginning_of_its_object() -> None:
    """Record, facts, and where its bytes begin; however much follows."""
    record, result, picture = Try(prompt="words", attempt=3), Result(tries=3, size_bytes=5), b"bytes"
    held = sealed(record, result, picture)
    kept = opened(held)

    assert (kept.record, kept.result) == (record, result)
    assert held[kept.offset :] == picture
    assert opened(held + b"more") == kept


def test_empty_records_are_records() -> None:
    """Nothing known is no error."""
    kept = opened(sealed(Try(), Result(), b"x"))

    assert (kept.record, kept.result, kept.offset) == (Try(), Result(), 8)


def test_records_too_long_to_be_read_at_once_are_not_written() -> None:
    """Prompts are far shorter."""
    with pytest.raises(ValueError):
        sealed(Try(prompt="x" * 65_536), Result(), b"x")


def test_no_two_tries_share_a_place() -> None:
    """Of any picture."""
    places = [try_index(number, attempt) for number in range(100) for attempt in range(1, MOST_TRIES + 1)]

    assert len(set(places)) == len(places)

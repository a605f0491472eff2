"""The exception tree and its table."""

import pickle

import pytest
from grpc import StatusCode
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.reason_pb2 import Reason

from likeness_wire import errors
from likeness_wire.errors import TABLE, BadPhoto, Exhausted, LikenessError, class_of


def _leaves(kind: type[LikenessError]) -> list[type[LikenessError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in _leaves(child))]


def test_every_reason_has_exactly_one_class() -> None:
    """A reason added to the contract without a class to carry it is a mistake."""
    carried = [reason for row in TABLE.values() for reason in row.reasons]

    assert sorted(set(Reason.values()) - {reasons.REASON_UNSPECIFIED}) == sorted(carried)


def test_every_class_that_can_be_raised_is_in_the_table() -> None:
    """Only the three abstract classes have no row."""
    abstract = {LikenessError, errors.RequestError, errors.TryAgain}

    assert set(_leaves(LikenessError)) - abstract == set(TABLE)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """The drawing names every class with the status code it has in the table."""
    drawing = errors.__doc__ or ""
    drawn = {line.split()[-1] for line in drawing.splitlines() if line.endswith(tuple(c.name for c in StatusCode))}

    assert {kind.__name__ for kind in _leaves(LikenessError) if kind.__name__ not in drawing} == set()
    assert {row.code.name for row in TABLE.values()} == drawn


def test_a_class_refuses_a_reason_that_is_not_its_own() -> None:
    """QUEUE_FULL says nothing about a photo."""
    with pytest.raises(ValueError, match="BadPhoto does not carry REASON_QUEUE_FULL"):
        BadPhoto(reasons.REASON_QUEUE_FULL, "full")


def test_an_error_crosses_from_another_process_as_itself() -> None:
    """Pickling keeps class, reason, message, hint, fields and metadata."""
    error = Exhausted(reasons.REASON_QUEUE_FULL, "full", retry_after_s=1.5, fields={"a": "b"}, places=3)

    again = pickle.loads(pickle.dumps(error))

    assert vars(error) == vars(again)
    assert type(error) is type(again)


def test_the_class_of_a_reason_is_found() -> None:
    """Callers can ask which exception a reason will arrive as."""
    assert BadPhoto is class_of(reasons.REASON_NO_FACE)

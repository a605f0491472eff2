"""Errors over the wire and back."""

import pytest
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode
from grpc.aio import AioRpcError, Metadata
from hypothesis import given
from hypothesis import strategies as st

from likeness_wire.errors import TABLE, Exhausted, Internal, LikenessError, NotFound, Unavailable
from likeness_wire.status import DOMAIN, from_rpc_error, from_status, to_status

_PAIRS = [(kind, reason) for kind, row in TABLE.items() for reason in sorted(row.reasons)]
_TEXT = st.text(max_size=40)


@given(
    pair=st.sampled_from(_PAIRS),
    message=_TEXT,
    retry=st.none() | st.integers(0, 10**6).map(lambda ms: ms / 1000),
    fields=st.dictionaries(_TEXT, _TEXT, max_size=3),
    metadata=st.dictionaries(_TEXT, _TEXT, max_size=3),
)
def test_every_error_survives_the_round_trip(
    pair: tuple[type[LikenessError], int],
    message: str,
    retry: float | None,
    fields: dict[str, str],
    metadata: dict[str, str],
) -> None:
    """What the server raised is what the client catches, whatever it holds."""
    kind, reason = pair
    error = kind(reason, message, retry_after_s=retry, fields=fields)  # type: ignore[arg-type]
    error.metadata = metadata

    again = from_status(status_pb2.Status.FromString(to_status(error).SerializeToString()))

    assert type(error) is type(again)
    assert vars(error) == vars(again)


def test_a_reason_of_a_newer_server_keeps_its_class() -> None:
    """An unknown reason is read by its status code."""
    info = Any()
    info.Pack(error_details_pb2.ErrorInfo(reason="FROM_THE_FUTURE", domain=DOMAIN))

    error = from_status(status_pb2.Status(code=StatusCode.NOT_FOUND.value[0], message="gone", details=[info]))

    assert isinstance(error, NotFound)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (StatusCode.UNAVAILABLE, Unavailable),
        (StatusCode.RESOURCE_EXHAUSTED, Exhausted),
        (StatusCode.DATA_LOSS, Internal),
    ],
    ids=str,
)
def test_failures_of_grpc_itself_are_typed_too(code: StatusCode, kind: type[LikenessError]) -> None:
    """A status without our details, as a proxy or a broken connection gives it, still has a class."""
    failure = AioRpcError(code, Metadata(), Metadata(), details="connection refused")

    error = from_rpc_error(failure)

    assert type(error) is kind
    assert error.message == "connection refused"

"""Errors on their way over the wire, in both directions, as google.rpc.Status (AIP-193)."""

from typing import cast

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import Call, StatusCode
from grpc.aio import AioRpcError
from grpc_status import rpc_status
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.reason_pb2 import Problem, Reason

from likeness_wire.errors import (
    BadRequest,
    Cancelled,
    Exhausted,
    Internal,
    LikenessError,
    NotAllowed,
    NotFound,
    OutOfTime,
    Unauthenticated,
    Unavailable,
    WrongState,
    class_of,
    reason_named,
)
from likeness_wire.times import span

DOMAIN = "likeness"

# For failures that carry no ErrorInfo of ours: gRPC's own, or a proxy's.
_PLAIN: dict[StatusCode, tuple[type[LikenessError], Reason]] = {
    StatusCode.CANCELLED: (Cancelled, reasons.REASON_CANCELLED),
    StatusCode.DEADLINE_EXCEEDED: (OutOfTime, reasons.REASON_DEADLINE_EXCEEDED),
    StatusCode.FAILED_PRECONDITION: (WrongState, reasons.REASON_WRONG_STATE),
    StatusCode.INVALID_ARGUMENT: (BadRequest, reasons.REASON_INVALID_FIELD),
    StatusCode.NOT_FOUND: (NotFound, reasons.REASON_NOT_FOUND),
    StatusCode.PERMISSION_DENIED: (NotAllowed, reasons.REASON_NOT_ALLOWED),
    StatusCode.RESOURCE_EXHAUSTED: (Exhausted, reasons.REASON_QUEUE_FULL),
    StatusCode.UNAUTHENTICATED: (Unauthenticated, reasons.REASON_UNAUTHENTICATED),
    StatusCode.UNAVAILABLE: (Unavailable, reasons.REASON_PEER_UNAVAILABLE),
    StatusCode.UNIMPLEMENTED: (WrongState, reasons.REASON_NOT_CONFIGURED),
}


def to_status(error: LikenessError) -> status_pb2.Status:
    """The error with its details: always ErrorInfo, and RetryInfo and BadRequest where they say something."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason_name, domain=DOMAIN, metadata=error.metadata)
    ]
    if error.retry_after_s is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=span(error.retry_after_s)))
    if error.fields:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=field, description=text)
            for field, text in error.fields.items()
        ]
        details.append(error_details_pb2.BadRequest(field_violations=violations))
    code: code_pb2.Code = error.code.value[0]
    return status_pb2.Status(code=code, message=error.message, details=[_packed(detail) for detail in details])


def from_status(status: status_pb2.Status) -> LikenessError:
    """The same error again; a reason newer than this build keeps its class by status code."""
    info, retry, bad = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), error_details_pb2.BadRequest()
    retry_after_s = None
    for detail in status.details:
        if detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToNanoseconds() / 1e9
        else:
            _ = detail.Unpack(info) or detail.Unpack(bad)
    kind, reason = _classify(_CODES.get(status.code, StatusCode.UNKNOWN), info)
    fields = {violation.field: violation.description for violation in bad.field_violations}
    error = kind(reason, status.message, retry_after_s=retry_after_s, fields=fields)
    error.metadata = dict(info.metadata)
    return error


def from_rpc_error(failure: AioRpcError) -> LikenessError:
    """What a failed call meant, whether or not its server is one of ours."""
    status = rpc_status.from_call(cast(Call, failure))  # it has the three methods that are read
    if status is None:
        status = status_pb2.Status(code=failure.code().value[0], message=failure.details() or failure.code().name)
    return from_status(status)


def to_problem(error: LikenessError) -> Problem:
    """A failure that is part of an answer, where the rest of it goes on."""
    return Problem(reason=error.reason, message=error.message, metadata=error.metadata)


def from_problem(problem: Problem) -> LikenessError:
    """The same error again; a reason newer than this build is INTERNAL."""
    try:
        error = class_of(problem.reason)(problem.reason, problem.message)
    except KeyError:
        error = Internal(reasons.REASON_INTERNAL, problem.message)
    error.metadata = dict(problem.metadata)
    return error


def _classify(code: StatusCode, info: error_details_pb2.ErrorInfo) -> tuple[type[LikenessError], Reason]:
    reason = reason_named(info.reason) if info.domain == DOMAIN else None
    if reason is not None:
        return class_of(reason), reason
    return _PLAIN.get(code, (Internal, reasons.REASON_INTERNAL))


def _packed(detail: Message) -> Any:
    packed = Any()
    packed.Pack(detail)
    return packed


_CODES = {code.value[0]: code for code in StatusCode}

"""Everything that can go wrong, as a caller has to tell it apart.

LikenessError
├── RequestError             the same request will fail again
│   ├── BadRequest           the request is wrong                        INVALID_ARGUMENT
│   ├── BadPhoto             this photo cannot be used, another may be   INVALID_ARGUMENT
│   ├── NotFound             no such resource for this caller            NOT_FOUND
│   ├── Conflict             the name is taken by something else         ALREADY_EXISTS
│   ├── WrongState           not now, or not here                        FAILED_PRECONDITION
│   ├── Unauthenticated      who are you?                                UNAUTHENTICATED
│   └── NotAllowed           you may not                                 PERMISSION_DENIED
├── TryAgain                 the same request can succeed
│   ├── Exhausted            later, see retry_after_s                    RESOURCE_EXHAUSTED
│   ├── Unavailable          elsewhere, or here in a moment              UNAVAILABLE
│   └── OutOfTime            with a later deadline                       DEADLINE_EXCEEDED
├── Cancelled                the caller went away or asked to stop       CANCELLED
└── Internal                 our fault                                   INTERNAL
    └── DeviceLost           and this process has to end                 INTERNAL

The class says how to react, the reason (a proto enum, stable) what happened.
"""

from collections.abc import Mapping
from typing import NamedTuple

from grpc import StatusCode
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.reason_pb2 import Reason


class LikenessError(Exception):
    """A typed failure. Message and metadata reach callers: they never hold a path, a prompt or bytes of a picture."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        retry_after_s: float | None = None,
        fields: Mapping[str, str] | None = None,
        **metadata: object,
    ) -> None:
        if reason not in TABLE[type(self)].reasons:
            raise ValueError(f"{type(self).__name__} does not carry {Reason.Name(reason)}")
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after_s = retry_after_s
        self.fields = dict(fields or {})
        self.metadata = {key: str(value) for key, value in metadata.items()}

    @property
    def code(self) -> StatusCode:
        return TABLE[type(self)].code

    @property
    def reason_name(self) -> str:
        return name_of(self.reason)

    def __reduce__(self) -> tuple[object, ...]:
        """So that an error crosses from a child process as itself."""
        return _rebuild, (type(self), self.reason, self.message, self.retry_after_s, self.fields, self.metadata)


class RequestError(LikenessError):
    """The same request will fail again."""


class BadRequest(RequestError):
    """The request is wrong."""


class BadPhoto(RequestError):
    """This photo or picture cannot be used; another one may be."""


class NotFound(RequestError):
    """No such resource for this caller."""


class Conflict(RequestError):
    """The name is taken by something else."""


class WrongState(RequestError):
    """Not in this state, or not in this process."""


class Unauthenticated(RequestError):
    """No valid credentials."""


class NotAllowed(RequestError):
    """Valid credentials that do not suffice."""


class TryAgain(LikenessError):
    """The same request can succeed."""


class Exhausted(TryAgain):
    """Later: retry_after_s says when."""


class Unavailable(TryAgain):
    """Elsewhere, or here in a moment."""


class OutOfTime(TryAgain):
    """With a later deadline."""


class Cancelled(LikenessError):
    """The caller went away, or asked to stop."""


class Internal(LikenessError):
    """Our fault."""


class DeviceLost(Internal):
    """Our fault, and the process has to end: device memory cannot be trusted any more."""


class Row(NamedTuple):
    """What one exception class means on the wire."""

    code: StatusCode
    reasons: frozenset[Reason]


TABLE: Mapping[type[LikenessError], Row] = {
    BadRequest: Row(
        StatusCode.INVALID_ARGUMENT,
        frozenset(
            {
                reasons.REASON_INVALID_FIELD,
                reasons.REASON_STREAM_ORDER,
                reasons.REASON_SIZE_MISMATCH,
                reasons.REASON_DIGEST_MISMATCH,
                reasons.REASON_INVALID_EMBEDDING,
                reasons.REASON_RECOGNISER_MISMATCH,
                reasons.REASON_UNKNOWN_NAME,
                reasons.REASON_PROMPT_REFUSED,
                reasons.REASON_CONSENT_MISSING,
                reasons.REASON_INVALID_PAGE_TOKEN,
                reasons.REASON_SCALE_TOO_LARGE,
            }
        ),
    ),
    BadPhoto: Row(
        StatusCode.INVALID_ARGUMENT,
        frozenset(
            {
                reasons.REASON_NO_FACE,
                reasons.REASON_MULTIPLE_FACES,
                reasons.REASON_FACE_TOO_SMALL,
                reasons.REASON_FACE_CUT_OFF,
                reasons.REASON_FACE_TURNED,
                reasons.REASON_BLURRED,
                reasons.REASON_BAD_EXPOSURE,
                reasons.REASON_LOW_QUALITY,
                reasons.REASON_IDENTITY_MISMATCH,
                reasons.REASON_UNSUPPORTED_FORMAT,
                reasons.REASON_CORRUPT,
                reasons.REASON_TOO_LARGE,
                reasons.REASON_ANIMATED,
                reasons.REASON_DECODE_LIMIT,
                reasons.REASON_OUTPUT_REFUSED,
                reasons.REASON_DRIFTED,
            }
        ),
    ),
    NotFound: Row(StatusCode.NOT_FOUND, frozenset({reasons.REASON_NOT_FOUND, reasons.REASON_EXPIRED})),
    Conflict: Row(StatusCode.ALREADY_EXISTS, frozenset({reasons.REASON_REQUEST_ID_REUSED})),
    WrongState: Row(
        StatusCode.FAILED_PRECONDITION,
        frozenset({reasons.REASON_UPLOAD_ADOPTED, reasons.REASON_WRONG_STATE, reasons.REASON_NOT_CONFIGURED}),
    ),
    Unauthenticated: Row(StatusCode.UNAUTHENTICATED, frozenset({reasons.REASON_UNAUTHENTICATED})),
    NotAllowed: Row(StatusCode.PERMISSION_DENIED, frozenset({reasons.REASON_NOT_ALLOWED})),
    Exhausted: Row(
        StatusCode.RESOURCE_EXHAUSTED,
        frozenset(
            {
                reasons.REASON_QUEUE_FULL,
                reasons.REASON_DEADLINE_HOPELESS,
                reasons.REASON_RATE_LIMITED,
                reasons.REASON_QUOTA_EXCEEDED,
                reasons.REASON_OUT_OF_MEMORY,
            }
        ),
    ),
    Unavailable: Row(
        StatusCode.UNAVAILABLE,
        frozenset(
            {
                reasons.REASON_STARTING,
                reasons.REASON_DRAINING,
                reasons.REASON_PEER_UNAVAILABLE,
                reasons.REASON_WORKER_LOST,
            }
        ),
    ),
    OutOfTime: Row(
        StatusCode.DEADLINE_EXCEEDED,
        frozenset({reasons.REASON_EXPIRED_WAITING, reasons.REASON_DEADLINE_EXCEEDED, reasons.REASON_STREAM_STALLED}),
    ),
    Cancelled: Row(StatusCode.CANCELLED, frozenset({reasons.REASON_CANCELLED})),
    Internal: Row(StatusCode.INTERNAL, frozenset({reasons.REASON_INTERNAL})),
    DeviceLost: Row(StatusCode.INTERNAL, frozenset({reasons.REASON_DEVICE_LOST})),
}


def name_of(reason: Reason) -> str:
    """As it travels: without the enum's prefix."""
    return Reason.Name(reason).removeprefix("REASON_")


def reason_named(name: str) -> Reason | None:
    """The reason that travels under this name. None for those of a newer build."""
    return _REASONS.get(name)


def class_of(reason: Reason) -> type[LikenessError]:
    """The one class that carries a reason. KeyError for reasons this build does not know."""
    return _CLASS_OF[reason]


_CLASS_OF = {reason: kind for kind, row in TABLE.items() for reason in row.reasons}
_REASONS = {name_of(reason): reason for reason in _CLASS_OF}


def _rebuild(
    kind: type[LikenessError],
    reason: Reason,
    message: str,
    retry_after_s: float | None,
    fields: Mapping[str, str],
    metadata: Mapping[str, str],
) -> LikenessError:
    error = kind(reason, message, retry_after_s=retry_after_s, fields=fields)
    error.metadata = dict(metadata)
    return error

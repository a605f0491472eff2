from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_INVALID_FIELD: _ClassVar[Reason]
    REASON_STREAM_ORDER: _ClassVar[Reason]
    REASON_SIZE_MISMATCH: _ClassVar[Reason]
    REASON_DIGEST_MISMATCH: _ClassVar[Reason]
    REASON_INVALID_EMBEDDING: _ClassVar[Reason]
    REASON_RECOGNISER_MISMATCH: _ClassVar[Reason]
    REASON_UNKNOWN_NAME: _ClassVar[Reason]
    REASON_PROMPT_REFUSED: _ClassVar[Reason]
    REASON_CONSENT_MISSING: _ClassVar[Reason]
    REASON_INVALID_PAGE_TOKEN: _ClassVar[Reason]
    REASON_SCALE_TOO_LARGE: _ClassVar[Reason]
    REASON_NO_FACE: _ClassVar[Reason]
    REASON_MULTIPLE_FACES: _ClassVar[Reason]
    REASON_FACE_TOO_SMALL: _ClassVar[Reason]
    REASON_FACE_CUT_OFF: _ClassVar[Reason]
    REASON_FACE_TURNED: _ClassVar[Reason]
    REASON_BLURRED: _ClassVar[Reason]
    REASON_BAD_EXPOSURE: _ClassVar[Reason]
    REASON_LOW_QUALITY: _ClassVar[Reason]
    REASON_IDENTITY_MISMATCH: _ClassVar[Reason]
    REASON_UNSUPPORTED_FORMAT: _ClassVar[Reason]
    REASON_CORRUPT: _ClassVar[Reason]
    REASON_TOO_LARGE: _ClassVar[Reason]
    REASON_ANIMATED: _ClassVar[Reason]
    REASON_DECODE_LIMIT: _ClassVar[Reason]
    REASON_OUTPUT_REFUSED: _ClassVar[Reason]
    REASON_DRIFTED: _ClassVar[Reason]
    REASON_NOT_FOUND: _ClassVar[Reason]
    REASON_EXPIRED: _ClassVar[Reason]
    REASON_REQUEST_ID_REUSED: _ClassVar[Reason]
    REASON_UPLOAD_ADOPTED: _ClassVar[Reason]
    REASON_WRONG_STATE: _ClassVar[Reason]
    REASON_NOT_CONFIGURED: _ClassVar[Reason]
    REASON_QUEUE_FULL: _ClassVar[Reason]
    REASON_DEADLINE_HOPELESS: _ClassVar[Reason]
    REASON_RATE_LIMITED: _ClassVar[Reason]
    REASON_QUOTA_EXCEEDED: _ClassVar[Reason]
    REASON_OUT_OF_MEMORY: _ClassVar[Reason]
    REASON_STARTING: _ClassVar[Reason]
    REASON_DRAINING: _ClassVar[Reason]
    REASON_PEER_UNAVAILABLE: _ClassVar[Reason]
    REASON_WORKER_LOST: _ClassVar[Reason]
    REASON_EXPIRED_WAITING: _ClassVar[Reason]
    REASON_DEADLINE_EXCEEDED: _ClassVar[Reason]
    REASON_STREAM_STALLED: _ClassVar[Reason]
    REASON_CANCELLED: _ClassVar[Reason]
    REASON_UNAUTHENTICATED: _ClassVar[Reason]
    REASON_NOT_ALLOWED: _ClassVar[Reason]
    REASON_INTERNAL: _ClassVar[Reason]
    REASON_DEVICE_LOST: _ClassVar[Reason]
REASON_UNSPECIFIED: Reason
REASON_INVALID_FIELD: Reason
REASON_STREAM_ORDER: Reason
REASON_SIZE_MISMATCH: Reason
REASON_DIGEST_MISMATCH: Reason
REASON_INVALID_EMBEDDING: Reason
REASON_RECOGNISER_MISMATCH: Reason
REASON_UNKNOWN_NAME: Reason
REASON_PROMPT_REFUSED: Reason
REASON_CONSENT_MISSING: Reason
REASON_INVALID_PAGE_TOKEN: Reason
REASON_SCALE_TOO_LARGE: Reason
REASON_NO_FACE: Reason
REASON_MULTIPLE_FACES: Reason
REASON_FACE_TOO_SMALL: Reason
REASON_FACE_CUT_OFF: Reason
REASON_FACE_TURNED: Reason
REASON_BLURRED: Reason
REASON_BAD_EXPOSURE: Reason
REASON_LOW_QUALITY: Reason
REASON_IDENTITY_MISMATCH: Reason
REASON_UNSUPPORTED_FORMAT: Reason
REASON_CORRUPT: Reason
REASON_TOO_LARGE: Reason
REASON_ANIMATED: Reason
REASON_DECODE_LIMIT: Reason
REASON_OUTPUT_REFUSED: Reason
REASON_DRIFTED: Reason
REASON_NOT_FOUND: Reason
REASON_EXPIRED: Reason
REASON_REQUEST_ID_REUSED: Reason
REASON_UPLOAD_ADOPTED: Reason
REASON_WRONG_STATE: Reason
REASON_NOT_CONFIGURED: Reason
REASON_QUEUE_FULL: Reason
REASON_DEADLINE_HOPELESS: Reason
REASON_RATE_LIMITED: Reason
REASON_QUOTA_EXCEEDED: Reason
REASON_OUT_OF_MEMORY: Reason
REASON_STARTING: Reason
REASON_DRAINING: Reason
REASON_PEER_UNAVAILABLE: Reason
REASON_WORKER_LOST: Reason
REASON_EXPIRED_WAITING: Reason
REASON_DEADLINE_EXCEEDED: Reason
REASON_STREAM_STALLED: Reason
REASON_CANCELLED: Reason
REASON_UNAUTHENTICATED: Reason
REASON_NOT_ALLOWED: Reason
REASON_INTERNAL: Reason
REASON_DEVICE_LOST: Reason

class Problem(_message.Message):
    __slots__ = ("reason", "message", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    reason: Reason
    message: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, reason: _Optional[_Union[Reason, str]] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

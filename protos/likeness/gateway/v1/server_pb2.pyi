import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ServerInfo(_message.Message):
    __slots__ = ("version", "profile", "time", "limits", "services", "recogniser", "second_opinions", "receipt_keys", "provenance", "policy_version")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    RECOGNISER_FIELD_NUMBER: _ClassVar[int]
    SECOND_OPINIONS_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_KEYS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    version: str
    profile: str
    time: _timestamp_pb2.Timestamp
    limits: ServerLimits
    services: _containers.RepeatedCompositeFieldContainer[ServiceState]
    recogniser: _identity_pb2.Recogniser
    second_opinions: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Recogniser]
    receipt_keys: _containers.RepeatedCompositeFieldContainer[ReceiptKey]
    provenance: ProvenanceState
    policy_version: str
    def __init__(self, version: _Optional[str] = ..., profile: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limits: _Optional[_Union[ServerLimits, _Mapping]] = ..., services: _Optional[_Iterable[_Union[ServiceState, _Mapping]]] = ..., recogniser: _Optional[_Union[_identity_pb2.Recogniser, _Mapping]] = ..., second_opinions: _Optional[_Iterable[_Union[_identity_pb2.Recogniser, _Mapping]]] = ..., receipt_keys: _Optional[_Iterable[_Union[ReceiptKey, _Mapping]]] = ..., provenance: _Optional[_Union[ProvenanceState, _Mapping]] = ..., policy_version: _Optional[str] = ...) -> None: ...

class ServerLimits(_message.Message):
    __slots__ = ("upload", "max_pictures", "max_tries", "max_long_side", "max_candidates", "hard_ttl", "default_ttl", "photos_ttl", "upload_ttl", "may_keep_everything")
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    MAX_PICTURES_FIELD_NUMBER: _ClassVar[int]
    MAX_TRIES_FIELD_NUMBER: _ClassVar[int]
    MAX_LONG_SIDE_FIELD_NUMBER: _ClassVar[int]
    MAX_CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    HARD_TTL_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_TTL_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_TTL_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_TTL_FIELD_NUMBER: _ClassVar[int]
    MAY_KEEP_EVERYTHING_FIELD_NUMBER: _ClassVar[int]
    upload: _work_pb2.Limits
    max_pictures: int
    max_tries: int
    max_long_side: int
    max_candidates: int
    hard_ttl: _duration_pb2.Duration
    default_ttl: _duration_pb2.Duration
    photos_ttl: _duration_pb2.Duration
    upload_ttl: _duration_pb2.Duration
    may_keep_everything: bool
    def __init__(self, upload: _Optional[_Union[_work_pb2.Limits, _Mapping]] = ..., max_pictures: _Optional[int] = ..., max_tries: _Optional[int] = ..., max_long_side: _Optional[int] = ..., max_candidates: _Optional[int] = ..., hard_ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., default_ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., photos_ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., upload_ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., may_keep_everything: _Optional[bool] = ...) -> None: ...

class ServiceState(_message.Message):
    __slots__ = ("service", "ready", "served_by")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    SERVED_BY_FIELD_NUMBER: _ClassVar[int]
    service: str
    ready: bool
    served_by: _work_pb2.MadeBy
    def __init__(self, service: _Optional[str] = ..., ready: _Optional[bool] = ..., served_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class ReceiptKey(_message.Message):
    __slots__ = ("id", "public_key", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    public_key: bytes
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., public_key: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProvenanceState(_message.Message):
    __slots__ = ("signed", "certificate_subject", "test_certificate", "watermarked", "watermark_off_reason")
    SIGNED_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEST_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    WATERMARKED_FIELD_NUMBER: _ClassVar[int]
    WATERMARK_OFF_REASON_FIELD_NUMBER: _ClassVar[int]
    signed: bool
    certificate_subject: str
    test_certificate: bool
    watermarked: bool
    watermark_off_reason: str
    def __init__(self, signed: _Optional[bool] = ..., certificate_subject: _Optional[str] = ..., test_certificate: _Optional[bool] = ..., watermarked: _Optional[bool] = ..., watermark_off_reason: _Optional[str] = ...) -> None: ...

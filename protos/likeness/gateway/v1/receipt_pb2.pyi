import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Cause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAUSE_UNSPECIFIED: _ClassVar[Cause]
    CAUSE_REQUESTED: _ClassVar[Cause]
    CAUSE_EXPIRED: _ClassVar[Cause]
    CAUSE_INCOMPLETE: _ClassVar[Cause]
CAUSE_UNSPECIFIED: Cause
CAUSE_REQUESTED: Cause
CAUSE_EXPIRED: Cause
CAUSE_INCOMPLETE: Cause

class DeletionReceipt(_message.Message):
    __slots__ = ("name", "statement", "signed_statement", "signature", "key_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SIGNED_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    statement: DeletionStatement
    signed_statement: bytes
    signature: bytes
    key_id: str
    def __init__(self, name: _Optional[str] = ..., statement: _Optional[_Union[DeletionStatement, _Mapping]] = ..., signed_statement: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., key_id: _Optional[str] = ...) -> None: ...

class DeletionStatement(_message.Message):
    __slots__ = ("name", "subject", "cause", "objects", "create_time", "hard_expire_time", "key_destroy_time", "remove_time", "verify_absent_time", "calls_end_time", "sequence", "previous_sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HARD_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    KEY_DESTROY_TIME_FIELD_NUMBER: _ClassVar[int]
    REMOVE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ABSENT_TIME_FIELD_NUMBER: _ClassVar[int]
    CALLS_END_TIME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    subject: str
    cause: Cause
    objects: _containers.RepeatedCompositeFieldContainer[DeletedObjects]
    create_time: _timestamp_pb2.Timestamp
    hard_expire_time: _timestamp_pb2.Timestamp
    key_destroy_time: _timestamp_pb2.Timestamp
    remove_time: _timestamp_pb2.Timestamp
    verify_absent_time: _timestamp_pb2.Timestamp
    calls_end_time: _timestamp_pb2.Timestamp
    sequence: int
    previous_sha256: bytes
    def __init__(self, name: _Optional[str] = ..., subject: _Optional[str] = ..., cause: _Optional[_Union[Cause, str]] = ..., objects: _Optional[_Iterable[_Union[DeletedObjects, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hard_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., key_destroy_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remove_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verify_absent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., calls_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sequence: _Optional[int] = ..., previous_sha256: _Optional[bytes] = ...) -> None: ...

class DeletedObjects(_message.Message):
    __slots__ = ("kind", "count", "size_bytes")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    kind: str
    count: int
    size_bytes: int
    def __init__(self, kind: _Optional[str] = ..., count: _Optional[int] = ..., size_bytes: _Optional[int] = ...) -> None: ...

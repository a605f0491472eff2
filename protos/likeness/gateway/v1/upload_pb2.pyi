import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import quality_pb2 as _quality_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Upload(_message.Message):
    __slots__ = ("name", "photos", "job", "create_time", "expire_time", "hard_expire_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    HARD_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    photos: _containers.RepeatedCompositeFieldContainer[Photo]
    job: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    hard_expire_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., photos: _Optional[_Iterable[_Union[Photo, _Mapping]]] = ..., job: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hard_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Photo(_message.Message):
    __slots__ = ("kind", "size", "size_bytes")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    kind: _chunk_pb2.Kind
    size: _face_pb2.Size
    size_bytes: int
    def __init__(self, kind: _Optional[_Union[_chunk_pb2.Kind, str]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class Inspection(_message.Message):
    __slots__ = ("usable", "photos", "drifts", "outliers", "findings")
    USABLE_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    OUTLIERS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    usable: bool
    photos: _containers.RepeatedCompositeFieldContainer[_quality_pb2.PhotoReport]
    drifts: _containers.RepeatedCompositeFieldContainer[_quality_pb2.PairDrift]
    outliers: _containers.RepeatedScalarFieldContainer[int]
    findings: _containers.RepeatedCompositeFieldContainer[_quality_pb2.Finding]
    def __init__(self, usable: _Optional[bool] = ..., photos: _Optional[_Iterable[_Union[_quality_pb2.PhotoReport, _Mapping]]] = ..., drifts: _Optional[_Iterable[_Union[_quality_pb2.PairDrift, _Mapping]]] = ..., outliers: _Optional[_Iterable[int]] = ..., findings: _Optional[_Iterable[_Union[_quality_pb2.Finding, _Mapping]]] = ...) -> None: ...

class UploadSpec(_message.Message):
    __slots__ = ("parent", "expire_time", "ttl")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    parent: str
    expire_time: _timestamp_pb2.Timestamp
    ttl: _duration_pb2.Duration
    def __init__(self, parent: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

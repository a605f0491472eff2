import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommercialUse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMERCIAL_USE_UNSPECIFIED: _ClassVar[CommercialUse]
    COMMERCIAL_USE_YES: _ClassVar[CommercialUse]
    COMMERCIAL_USE_NO: _ClassVar[CommercialUse]
    COMMERCIAL_USE_UNKNOWN: _ClassVar[CommercialUse]

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_INTERACTIVE: _ClassVar[Priority]
    PRIORITY_BATCH: _ClassVar[Priority]
COMMERCIAL_USE_UNSPECIFIED: CommercialUse
COMMERCIAL_USE_YES: CommercialUse
COMMERCIAL_USE_NO: CommercialUse
COMMERCIAL_USE_UNKNOWN: CommercialUse
PRIORITY_UNSPECIFIED: Priority
PRIORITY_INTERACTIVE: Priority
PRIORITY_BATCH: Priority

class Timing(_message.Message):
    __slots__ = ("stage", "duration")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    stage: str
    duration: _duration_pb2.Duration
    def __init__(self, stage: _Optional[str] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ModelRef(_message.Message):
    __slots__ = ("name", "digest", "licence", "commercial_use")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    COMMERCIAL_USE_FIELD_NUMBER: _ClassVar[int]
    name: str
    digest: str
    licence: str
    commercial_use: CommercialUse
    def __init__(self, name: _Optional[str] = ..., digest: _Optional[str] = ..., licence: _Optional[str] = ..., commercial_use: _Optional[_Union[CommercialUse, str]] = ...) -> None: ...

class MadeBy(_message.Message):
    __slots__ = ("engine", "device", "models", "version", "service")
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    engine: str
    device: str
    models: _containers.RepeatedCompositeFieldContainer[ModelRef]
    version: str
    service: str
    def __init__(self, engine: _Optional[str] = ..., device: _Optional[str] = ..., models: _Optional[_Iterable[_Union[ModelRef, _Mapping]]] = ..., version: _Optional[str] = ..., service: _Optional[str] = ...) -> None: ...

class Accepted(_message.Message):
    __slots__ = ("ahead", "estimate")
    AHEAD_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    ahead: int
    estimate: _duration_pb2.Duration
    def __init__(self, ahead: _Optional[int] = ..., estimate: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("kinds", "max_blob_bytes", "max_pixels", "max_images", "max_idle")
    KINDS_FIELD_NUMBER: _ClassVar[int]
    MAX_BLOB_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_PIXELS_FIELD_NUMBER: _ClassVar[int]
    MAX_IMAGES_FIELD_NUMBER: _ClassVar[int]
    MAX_IDLE_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[_chunk_pb2.Kind]
    max_blob_bytes: int
    max_pixels: int
    max_images: int
    max_idle: _duration_pb2.Duration
    def __init__(self, kinds: _Optional[_Iterable[_Union[_chunk_pb2.Kind, str]]] = ..., max_blob_bytes: _Optional[int] = ..., max_pixels: _Optional[int] = ..., max_images: _Optional[int] = ..., max_idle: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

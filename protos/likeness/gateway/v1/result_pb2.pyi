import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import render_pb2 as _render_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_UNSPECIFIED: _ClassVar[Source]
    SOURCE_TRAINED_ALGORITHMIC: _ClassVar[Source]
    SOURCE_COMPOSITE: _ClassVar[Source]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_KEPT: _ClassVar[Outcome]
    OUTCOME_REJECTED: _ClassVar[Outcome]
    OUTCOME_REJECTED_AFTER_UPSCALE: _ClassVar[Outcome]
SOURCE_UNSPECIFIED: Source
SOURCE_TRAINED_ALGORITHMIC: Source
SOURCE_COMPOSITE: Source
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_KEPT: Outcome
OUTCOME_REJECTED: Outcome
OUTCOME_REJECTED_AFTER_UPSCALE: Outcome

class Result(_message.Message):
    __slots__ = ("name", "style_index", "style", "picture", "tries", "seed", "kind", "size", "size_bytes", "drift", "drift_before_upscale", "second_opinions", "copy", "provenance", "create_time", "expire_time", "timings", "made_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STYLE_INDEX_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    DRIFT_BEFORE_UPSCALE_FIELD_NUMBER: _ClassVar[int]
    SECOND_OPINIONS_FIELD_NUMBER: _ClassVar[int]
    COPY_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    style_index: int
    style: str
    picture: int
    tries: int
    seed: int
    kind: _chunk_pb2.Kind
    size: _face_pb2.Size
    size_bytes: int
    drift: _identity_pb2.Drift
    drift_before_upscale: _identity_pb2.Drift
    second_opinions: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Drift]
    copy: bool
    provenance: Provenance
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _containers.RepeatedCompositeFieldContainer[_work_pb2.MadeBy]
    def __init__(self, name: _Optional[str] = ..., style_index: _Optional[int] = ..., style: _Optional[str] = ..., picture: _Optional[int] = ..., tries: _Optional[int] = ..., seed: _Optional[int] = ..., kind: _Optional[_Union[_chunk_pb2.Kind, str]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., size_bytes: _Optional[int] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., drift_before_upscale: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., second_opinions: _Optional[_Iterable[_Union[_identity_pb2.Drift, _Mapping]]] = ..., copy: _Optional[bool] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Iterable[_Union[_work_pb2.MadeBy, _Mapping]]] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("source", "metadata", "signed", "watermarked")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SIGNED_FIELD_NUMBER: _ClassVar[int]
    WATERMARKED_FIELD_NUMBER: _ClassVar[int]
    source: Source
    metadata: bool
    signed: bool
    watermarked: bool
    def __init__(self, source: _Optional[_Union[Source, str]] = ..., metadata: _Optional[bool] = ..., signed: _Optional[bool] = ..., watermarked: _Optional[bool] = ...) -> None: ...

class Try(_message.Message):
    __slots__ = ("name", "style_index", "style", "picture", "attempt", "rendering", "prompt", "negative", "drift", "second_opinions", "copy", "outcome", "problem", "result", "has_thumbnail", "create_time", "timings", "made_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STYLE_INDEX_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    RENDERING_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    SECOND_OPINIONS_FIELD_NUMBER: _ClassVar[int]
    COPY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    HAS_THUMBNAIL_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    style_index: int
    style: str
    picture: int
    attempt: int
    rendering: _render_pb2.Rendering
    prompt: str
    negative: str
    drift: _identity_pb2.Drift
    second_opinions: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Drift]
    copy: bool
    outcome: Outcome
    problem: _reason_pb2.Problem
    result: str
    has_thumbnail: bool
    create_time: _timestamp_pb2.Timestamp
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _containers.RepeatedCompositeFieldContainer[_work_pb2.MadeBy]
    def __init__(self, name: _Optional[str] = ..., style_index: _Optional[int] = ..., style: _Optional[str] = ..., picture: _Optional[int] = ..., attempt: _Optional[int] = ..., rendering: _Optional[_Union[_render_pb2.Rendering, _Mapping]] = ..., prompt: _Optional[str] = ..., negative: _Optional[str] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., second_opinions: _Optional[_Iterable[_Union[_identity_pb2.Drift, _Mapping]]] = ..., copy: _Optional[bool] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., problem: _Optional[_Union[_reason_pb2.Problem, _Mapping]] = ..., result: _Optional[str] = ..., has_thumbnail: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Iterable[_Union[_work_pb2.MadeBy, _Mapping]]] = ...) -> None: ...

class DownloadFacts(_message.Message):
    __slots__ = ("result", "offset", "length")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    result: Result
    offset: int
    length: int
    def __init__(self, result: _Optional[_Union[Result, _Mapping]] = ..., offset: _Optional[int] = ..., length: _Optional[int] = ...) -> None: ...

from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import quality_pb2 as _quality_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_REQUIRE: _ClassVar[Mode]
    MODE_INSPECT: _ClassVar[Mode]

class Fusion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FUSION_UNSPECIFIED: _ClassVar[Fusion]
    FUSION_QUALITY: _ClassVar[Fusion]
    FUSION_MEAN: _ClassVar[Fusion]
MODE_UNSPECIFIED: Mode
MODE_REQUIRE: Mode
MODE_INSPECT: Mode
FUSION_UNSPECIFIED: Fusion
FUSION_QUALITY: Fusion
FUSION_MEAN: Fusion

class EmbedRequest(_message.Message):
    __slots__ = ("options", "chunk")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    options: EmbedOptions
    chunk: _chunk_pb2.Chunk
    def __init__(self, options: _Optional[_Union[EmbedOptions, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

class EmbedOptions(_message.Message):
    __slots__ = ("mode", "fusion", "priority")
    MODE_FIELD_NUMBER: _ClassVar[int]
    FUSION_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    mode: Mode
    fusion: Fusion
    priority: _work_pb2.Priority
    def __init__(self, mode: _Optional[_Union[Mode, str]] = ..., fusion: _Optional[_Union[Fusion, str]] = ..., priority: _Optional[_Union[_work_pb2.Priority, str]] = ...) -> None: ...

class EmbedResponse(_message.Message):
    __slots__ = ("photos", "identity", "drifts", "outliers", "findings", "timings", "made_by")
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    OUTLIERS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    photos: _containers.RepeatedCompositeFieldContainer[EmbeddedPhoto]
    identity: Identity
    drifts: _containers.RepeatedCompositeFieldContainer[_quality_pb2.PairDrift]
    outliers: _containers.RepeatedScalarFieldContainer[int]
    findings: _containers.RepeatedCompositeFieldContainer[_quality_pb2.Finding]
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, photos: _Optional[_Iterable[_Union[EmbeddedPhoto, _Mapping]]] = ..., identity: _Optional[_Union[Identity, _Mapping]] = ..., drifts: _Optional[_Iterable[_Union[_quality_pb2.PairDrift, _Mapping]]] = ..., outliers: _Optional[_Iterable[int]] = ..., findings: _Optional[_Iterable[_Union[_quality_pb2.Finding, _Mapping]]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class EmbeddedPhoto(_message.Message):
    __slots__ = ("report", "embedding", "problem")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    report: _quality_pb2.PhotoReport
    embedding: _identity_pb2.Embedding
    problem: _reason_pb2.Problem
    def __init__(self, report: _Optional[_Union[_quality_pb2.PhotoReport, _Mapping]] = ..., embedding: _Optional[_Union[_identity_pb2.Embedding, _Mapping]] = ..., problem: _Optional[_Union[_reason_pb2.Problem, _Mapping]] = ...) -> None: ...

class Identity(_message.Message):
    __slots__ = ("embedding", "fusion", "weights")
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    FUSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    embedding: _identity_pb2.Embedding
    fusion: Fusion
    weights: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, embedding: _Optional[_Union[_identity_pb2.Embedding, _Mapping]] = ..., fusion: _Optional[_Union[Fusion, str]] = ..., weights: _Optional[_Iterable[float]] = ...) -> None: ...

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("served_by", "recogniser", "limits", "quality_limits")
    SERVED_BY_FIELD_NUMBER: _ClassVar[int]
    RECOGNISER_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    served_by: _work_pb2.MadeBy
    recogniser: _identity_pb2.Recogniser
    limits: _work_pb2.Limits
    quality_limits: _containers.RepeatedCompositeFieldContainer[QualityLimit]
    def __init__(self, served_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ..., recogniser: _Optional[_Union[_identity_pb2.Recogniser, _Mapping]] = ..., limits: _Optional[_Union[_work_pb2.Limits, _Mapping]] = ..., quality_limits: _Optional[_Iterable[_Union[QualityLimit, _Mapping]]] = ...) -> None: ...

class QualityLimit(_message.Message):
    __slots__ = ("reason", "field", "warn", "refuse")
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    WARN_FIELD_NUMBER: _ClassVar[int]
    REFUSE_FIELD_NUMBER: _ClassVar[int]
    reason: _reason_pb2.Reason
    field: str
    warn: float
    refuse: float
    def __init__(self, reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., field: _Optional[str] = ..., warn: _Optional[float] = ..., refuse: _Optional[float] = ...) -> None: ...

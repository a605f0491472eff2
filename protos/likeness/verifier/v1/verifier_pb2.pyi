from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_MEASURED: _ClassVar[Status]
    STATUS_NO_FACE: _ClassVar[Status]
    STATUS_SEVERAL_FACES: _ClassVar[Status]
    STATUS_FACE_TOO_SMALL: _ClassVar[Status]
    STATUS_UNREADABLE: _ClassVar[Status]
STATUS_UNSPECIFIED: Status
STATUS_MEASURED: Status
STATUS_NO_FACE: Status
STATUS_SEVERAL_FACES: Status
STATUS_FACE_TOO_SMALL: Status
STATUS_UNREADABLE: Status

class VerifyRequest(_message.Message):
    __slots__ = ("options", "chunk")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    options: VerifyOptions
    chunk: _chunk_pb2.Chunk
    def __init__(self, options: _Optional[_Union[VerifyOptions, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

class VerifyOptions(_message.Message):
    __slots__ = ("identities", "references", "priority")
    IDENTITIES_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    identities: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Embedding]
    references: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Embedding]
    priority: _work_pb2.Priority
    def __init__(self, identities: _Optional[_Iterable[_Union[_identity_pb2.Embedding, _Mapping]]] = ..., references: _Optional[_Iterable[_Union[_identity_pb2.Embedding, _Mapping]]] = ..., priority: _Optional[_Union[_work_pb2.Priority, str]] = ...) -> None: ...

class VerifyResponse(_message.Message):
    __slots__ = ("accepted", "reference", "picture", "done")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    accepted: _work_pb2.Accepted
    reference: Reference
    picture: VerifiedPicture
    done: Done
    def __init__(self, accepted: _Optional[_Union[_work_pb2.Accepted, _Mapping]] = ..., reference: _Optional[_Union[Reference, _Mapping]] = ..., picture: _Optional[_Union[VerifiedPicture, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Reference(_message.Message):
    __slots__ = ("baselines",)
    BASELINES_FIELD_NUMBER: _ClassVar[int]
    baselines: _containers.RepeatedCompositeFieldContainer[Baseline]
    def __init__(self, baselines: _Optional[_Iterable[_Union[Baseline, _Mapping]]] = ...) -> None: ...

class Baseline(_message.Message):
    __slots__ = ("recogniser_id", "references", "smallest", "median", "largest")
    RECOGNISER_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    SMALLEST_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_FIELD_NUMBER: _ClassVar[int]
    LARGEST_FIELD_NUMBER: _ClassVar[int]
    recogniser_id: str
    references: int
    smallest: float
    median: float
    largest: float
    def __init__(self, recogniser_id: _Optional[str] = ..., references: _Optional[int] = ..., smallest: _Optional[float] = ..., median: _Optional[float] = ..., largest: _Optional[float] = ...) -> None: ...

class VerifiedPicture(_message.Message):
    __slots__ = ("index", "status", "drift", "second_opinions", "face", "faces", "copy", "nearest", "size", "problem", "timings")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    SECOND_OPINIONS_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    COPY_FIELD_NUMBER: _ClassVar[int]
    NEAREST_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    index: int
    status: Status
    drift: _identity_pb2.Drift
    second_opinions: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Drift]
    face: _face_pb2.Face
    faces: int
    copy: bool
    nearest: _identity_pb2.Drift
    size: _face_pb2.Size
    problem: _reason_pb2.Problem
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    def __init__(self, index: _Optional[int] = ..., status: _Optional[_Union[Status, str]] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., second_opinions: _Optional[_Iterable[_Union[_identity_pb2.Drift, _Mapping]]] = ..., face: _Optional[_Union[_face_pb2.Face, _Mapping]] = ..., faces: _Optional[int] = ..., copy: _Optional[bool] = ..., nearest: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., problem: _Optional[_Union[_reason_pb2.Problem, _Mapping]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("ranking", "timings", "made_by")
    RANKING_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    ranking: _containers.RepeatedScalarFieldContainer[int]
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, ranking: _Optional[_Iterable[int]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("served_by", "primary", "second_opinions", "limits")
    SERVED_BY_FIELD_NUMBER: _ClassVar[int]
    PRIMARY_FIELD_NUMBER: _ClassVar[int]
    SECOND_OPINIONS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    served_by: _work_pb2.MadeBy
    primary: _identity_pb2.Recogniser
    second_opinions: _containers.RepeatedCompositeFieldContainer[_identity_pb2.Recogniser]
    limits: _work_pb2.Limits
    def __init__(self, served_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ..., primary: _Optional[_Union[_identity_pb2.Recogniser, _Mapping]] = ..., second_opinions: _Optional[_Iterable[_Union[_identity_pb2.Recogniser, _Mapping]]] = ..., limits: _Optional[_Union[_work_pb2.Limits, _Mapping]] = ...) -> None: ...

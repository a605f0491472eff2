from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SeedCandidate(_message.Message):
    __slots__ = ("seed", "drift", "has_preview")
    SEED_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    HAS_PREVIEW_FIELD_NUMBER: _ClassVar[int]
    seed: int
    drift: _identity_pb2.Drift
    has_preview: bool
    def __init__(self, seed: _Optional[int] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ..., has_preview: _Optional[bool] = ...) -> None: ...

class SeedRanking(_message.Message):
    __slots__ = ("candidates", "timings", "made_by")
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    candidates: _containers.RepeatedCompositeFieldContainer[SeedCandidate]
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _containers.RepeatedCompositeFieldContainer[_work_pb2.MadeBy]
    def __init__(self, candidates: _Optional[_Iterable[_Union[SeedCandidate, _Mapping]]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Iterable[_Union[_work_pb2.MadeBy, _Mapping]]] = ...) -> None: ...

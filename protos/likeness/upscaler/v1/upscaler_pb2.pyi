from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Alpha(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALPHA_UNSPECIFIED: _ClassVar[Alpha]
    ALPHA_NETWORK: _ClassVar[Alpha]
    ALPHA_LANCZOS: _ClassVar[Alpha]
ALPHA_UNSPECIFIED: Alpha
ALPHA_NETWORK: Alpha
ALPHA_LANCZOS: Alpha

class UpscaleRequest(_message.Message):
    __slots__ = ("options", "chunk")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    options: UpscaleOptions
    chunk: _chunk_pb2.Chunk
    def __init__(self, options: _Optional[_Union[UpscaleOptions, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

class UpscaleOptions(_message.Message):
    __slots__ = ("factor", "long_side", "size", "network", "denoise", "faces", "alpha", "kind", "priority", "step_id")
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    LONG_SIDE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    DENOISE_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    factor: float
    long_side: int
    size: _face_pb2.Size
    network: str
    denoise: float
    faces: _containers.RepeatedCompositeFieldContainer[FaceBlend]
    alpha: Alpha
    kind: _chunk_pb2.Kind
    priority: _work_pb2.Priority
    step_id: str
    def __init__(self, factor: _Optional[float] = ..., long_side: _Optional[int] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., network: _Optional[str] = ..., denoise: _Optional[float] = ..., faces: _Optional[_Iterable[_Union[FaceBlend, _Mapping]]] = ..., alpha: _Optional[_Union[Alpha, str]] = ..., kind: _Optional[_Union[_chunk_pb2.Kind, str]] = ..., priority: _Optional[_Union[_work_pb2.Priority, str]] = ..., step_id: _Optional[str] = ...) -> None: ...

class FaceBlend(_message.Message):
    __slots__ = ("picture", "box", "share")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    picture: int
    box: _face_pb2.Box
    share: float
    def __init__(self, picture: _Optional[int] = ..., box: _Optional[_Union[_face_pb2.Box, _Mapping]] = ..., share: _Optional[float] = ...) -> None: ...

class UpscaleResponse(_message.Message):
    __slots__ = ("accepted", "progress", "picture", "chunk", "failed", "done")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    accepted: _work_pb2.Accepted
    progress: Progress
    picture: UpscaledPicture
    chunk: _chunk_pb2.Chunk
    failed: FailedPicture
    done: Done
    def __init__(self, accepted: _Optional[_Union[_work_pb2.Accepted, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., picture: _Optional[_Union[UpscaledPicture, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ..., failed: _Optional[_Union[FailedPicture, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("picture", "done", "tiles", "fraction")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    TILES_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    picture: int
    done: int
    tiles: int
    fraction: float
    def __init__(self, picture: _Optional[int] = ..., done: _Optional[int] = ..., tiles: _Optional[int] = ..., fraction: _Optional[float] = ...) -> None: ...

class UpscaledPicture(_message.Message):
    __slots__ = ("index", "size_before", "size", "network", "denoise", "bits", "grey", "alpha", "tiles", "extra_pixels", "memory_retries", "precision", "timings", "made_by")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    NETWORK_FIELD_NUMBER: _ClassVar[int]
    DENOISE_FIELD_NUMBER: _ClassVar[int]
    BITS_FIELD_NUMBER: _ClassVar[int]
    GREY_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    TILES_FIELD_NUMBER: _ClassVar[int]
    EXTRA_PIXELS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_RETRIES_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    index: int
    size_before: _face_pb2.Size
    size: _face_pb2.Size
    network: str
    denoise: float
    bits: int
    grey: bool
    alpha: bool
    tiles: int
    extra_pixels: float
    memory_retries: int
    precision: str
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, index: _Optional[int] = ..., size_before: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., network: _Optional[str] = ..., denoise: _Optional[float] = ..., bits: _Optional[int] = ..., grey: _Optional[bool] = ..., alpha: _Optional[bool] = ..., tiles: _Optional[int] = ..., extra_pixels: _Optional[float] = ..., memory_retries: _Optional[int] = ..., precision: _Optional[str] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class FailedPicture(_message.Message):
    __slots__ = ("index", "problem")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    index: int
    problem: _reason_pb2.Problem
    def __init__(self, index: _Optional[int] = ..., problem: _Optional[_Union[_reason_pb2.Problem, _Mapping]] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("pictures", "timings", "made_by")
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    pictures: int
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, pictures: _Optional[int] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class GetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("served_by", "networks", "default_network", "max_factor", "max_output_pixels", "limits")
    SERVED_BY_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_NETWORK_FIELD_NUMBER: _ClassVar[int]
    MAX_FACTOR_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_PIXELS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    served_by: _work_pb2.MadeBy
    networks: _containers.RepeatedCompositeFieldContainer[Network]
    default_network: str
    max_factor: float
    max_output_pixels: int
    limits: _work_pb2.Limits
    def __init__(self, served_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ..., networks: _Optional[_Iterable[_Union[Network, _Mapping]]] = ..., default_network: _Optional[str] = ..., max_factor: _Optional[float] = ..., max_output_pixels: _Optional[int] = ..., limits: _Optional[_Union[_work_pb2.Limits, _Mapping]] = ...) -> None: ...

class Network(_message.Message):
    __slots__ = ("name", "factor", "can_denoise", "model")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    CAN_DENOISE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    name: str
    factor: int
    can_denoise: bool
    model: _work_pb2.ModelRef
    def __init__(self, name: _Optional[str] = ..., factor: _Optional[int] = ..., can_denoise: _Optional[bool] = ..., model: _Optional[_Union[_work_pb2.ModelRef, _Mapping]] = ...) -> None: ...

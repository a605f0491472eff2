from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import render_pb2 as _render_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Menu(_message.Message):
    __slots__ = ("base_models", "loras", "controls", "schedulers", "plans", "poses")
    BASE_MODELS_FIELD_NUMBER: _ClassVar[int]
    LORAS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    SCHEDULERS_FIELD_NUMBER: _ClassVar[int]
    PLANS_FIELD_NUMBER: _ClassVar[int]
    POSES_FIELD_NUMBER: _ClassVar[int]
    base_models: _containers.RepeatedCompositeFieldContainer[_work_pb2.ModelRef]
    loras: _containers.RepeatedCompositeFieldContainer[_work_pb2.ModelRef]
    controls: _containers.RepeatedCompositeFieldContainer[_work_pb2.ModelRef]
    schedulers: _containers.RepeatedScalarFieldContainer[_render_pb2.Scheduler]
    plans: _containers.RepeatedCompositeFieldContainer[PlanInfo]
    poses: _containers.RepeatedCompositeFieldContainer[PoseInfo]
    def __init__(self, base_models: _Optional[_Iterable[_Union[_work_pb2.ModelRef, _Mapping]]] = ..., loras: _Optional[_Iterable[_Union[_work_pb2.ModelRef, _Mapping]]] = ..., controls: _Optional[_Iterable[_Union[_work_pb2.ModelRef, _Mapping]]] = ..., schedulers: _Optional[_Iterable[_Union[_render_pb2.Scheduler, str]]] = ..., plans: _Optional[_Iterable[_Union[PlanInfo, _Mapping]]] = ..., poses: _Optional[_Iterable[_Union[PoseInfo, _Mapping]]] = ...) -> None: ...

class PlanInfo(_message.Message):
    __slots__ = ("name", "passes", "latent_shares")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    LATENT_SHARES_FIELD_NUMBER: _ClassVar[int]
    name: str
    passes: _containers.RepeatedCompositeFieldContainer[_render_pb2.Pass]
    latent_shares: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., passes: _Optional[_Iterable[_Union[_render_pb2.Pass, _Mapping]]] = ..., latent_shares: _Optional[_Iterable[float]] = ...) -> None: ...

class PoseInfo(_message.Message):
    __slots__ = ("name", "key_points")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_POINTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    key_points: _face_pb2.KeyPoints
    def __init__(self, name: _Optional[str] = ..., key_points: _Optional[_Union[_face_pb2.KeyPoints, _Mapping]] = ...) -> None: ...

class OptionLimits(_message.Message):
    __slots__ = ("size_multiple", "min_side", "max_side", "max_canvas_pixels", "default_size", "max_pictures", "max_prompts")
    SIZE_MULTIPLE_FIELD_NUMBER: _ClassVar[int]
    MIN_SIDE_FIELD_NUMBER: _ClassVar[int]
    MAX_SIDE_FIELD_NUMBER: _ClassVar[int]
    MAX_CANVAS_PIXELS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_PICTURES_FIELD_NUMBER: _ClassVar[int]
    MAX_PROMPTS_FIELD_NUMBER: _ClassVar[int]
    size_multiple: int
    min_side: int
    max_side: int
    max_canvas_pixels: int
    default_size: _face_pb2.Size
    max_pictures: int
    max_prompts: int
    def __init__(self, size_multiple: _Optional[int] = ..., min_side: _Optional[int] = ..., max_side: _Optional[int] = ..., max_canvas_pixels: _Optional[int] = ..., default_size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., max_pictures: _Optional[int] = ..., max_prompts: _Optional[int] = ...) -> None: ...

class Backend(_message.Message):
    __slots__ = ("name", "precision", "rows")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    name: str
    precision: str
    rows: int
    def __init__(self, name: _Optional[str] = ..., precision: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...

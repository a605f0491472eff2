from likeness.common.v1 import face_pb2 as _face_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Scheduler(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULER_UNSPECIFIED: _ClassVar[Scheduler]
    SCHEDULER_EULER: _ClassVar[Scheduler]
    SCHEDULER_DPMPP_2M_KARRAS: _ClassVar[Scheduler]
    SCHEDULER_DPMPP_2M_SDE: _ClassVar[Scheduler]
    SCHEDULER_UNIPC: _ClassVar[Scheduler]
    SCHEDULER_LCM: _ClassVar[Scheduler]
    SCHEDULER_DDIM: _ClassVar[Scheduler]
SCHEDULER_UNSPECIFIED: Scheduler
SCHEDULER_EULER: Scheduler
SCHEDULER_DPMPP_2M_KARRAS: Scheduler
SCHEDULER_DPMPP_2M_SDE: Scheduler
SCHEDULER_UNIPC: Scheduler
SCHEDULER_LCM: Scheduler
SCHEDULER_DDIM: Scheduler

class Window(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: float
    end: float
    def __init__(self, start: _Optional[float] = ..., end: _Optional[float] = ...) -> None: ...

class Strength(_message.Message):
    __slots__ = ("value", "window")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    value: float
    window: Window
    def __init__(self, value: _Optional[float] = ..., window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class Lora(_message.Message):
    __slots__ = ("name", "weight")
    NAME_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    name: str
    weight: float
    def __init__(self, name: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class Control(_message.Message):
    __slots__ = ("name", "strength")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    name: str
    strength: Strength
    def __init__(self, name: _Optional[str] = ..., strength: _Optional[_Union[Strength, _Mapping]] = ...) -> None: ...

class Pass(_message.Message):
    __slots__ = ("name", "base_model", "alpha", "cfg", "scheduler", "steps", "denoise")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    ALPHA_FIELD_NUMBER: _ClassVar[int]
    CFG_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    DENOISE_FIELD_NUMBER: _ClassVar[int]
    name: str
    base_model: str
    alpha: float
    cfg: float
    scheduler: Scheduler
    steps: int
    denoise: float
    def __init__(self, name: _Optional[str] = ..., base_model: _Optional[str] = ..., alpha: _Optional[float] = ..., cfg: _Optional[float] = ..., scheduler: _Optional[_Union[Scheduler, str]] = ..., steps: _Optional[int] = ..., denoise: _Optional[float] = ...) -> None: ...

class Rendering(_message.Message):
    __slots__ = ("seed", "size", "plan", "passes", "adapter", "identity_net", "loras", "controls")
    SEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_NET_FIELD_NUMBER: _ClassVar[int]
    LORAS_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    seed: int
    size: _face_pb2.Size
    plan: str
    passes: _containers.RepeatedCompositeFieldContainer[Pass]
    adapter: Strength
    identity_net: Strength
    loras: _containers.RepeatedCompositeFieldContainer[Lora]
    controls: _containers.RepeatedCompositeFieldContainer[Control]
    def __init__(self, seed: _Optional[int] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., plan: _Optional[str] = ..., passes: _Optional[_Iterable[_Union[Pass, _Mapping]]] = ..., adapter: _Optional[_Union[Strength, _Mapping]] = ..., identity_net: _Optional[_Union[Strength, _Mapping]] = ..., loras: _Optional[_Iterable[_Union[Lora, _Mapping]]] = ..., controls: _Optional[_Iterable[_Union[Control, _Mapping]]] = ...) -> None: ...

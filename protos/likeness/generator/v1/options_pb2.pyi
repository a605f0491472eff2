from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import render_pb2 as _render_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from likeness.generator.v1 import staging_pb2 as _staging_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GenerateOptions(_message.Message):
    __slots__ = ("prompts", "pictures", "identity", "pose", "size", "base_model", "steps", "cfg", "scheduler", "adapter", "identity_net", "controls", "loras", "start", "plan", "reference", "staging", "preview_every_steps", "send_latents", "kind", "priority", "step_id")
    PROMPTS_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CFG_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_NET_FIELD_NUMBER: _ClassVar[int]
    CONTROLS_FIELD_NUMBER: _ClassVar[int]
    LORAS_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STAGING_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_EVERY_STEPS_FIELD_NUMBER: _ClassVar[int]
    SEND_LATENTS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    prompts: _containers.RepeatedCompositeFieldContainer[Prompt]
    pictures: _containers.RepeatedCompositeFieldContainer[PictureOptions]
    identity: _identity_pb2.Embedding
    pose: Pose
    size: _face_pb2.Size
    base_model: str
    steps: int
    cfg: float
    scheduler: _render_pb2.Scheduler
    adapter: _render_pb2.Strength
    identity_net: _render_pb2.Strength
    controls: _containers.RepeatedCompositeFieldContainer[_render_pb2.Control]
    loras: _containers.RepeatedCompositeFieldContainer[_render_pb2.Lora]
    start: Start
    plan: Plan
    reference: Reference
    staging: _staging_pb2.Staging
    preview_every_steps: int
    send_latents: bool
    kind: _chunk_pb2.Kind
    priority: _work_pb2.Priority
    step_id: str
    def __init__(self, prompts: _Optional[_Iterable[_Union[Prompt, _Mapping]]] = ..., pictures: _Optional[_Iterable[_Union[PictureOptions, _Mapping]]] = ..., identity: _Optional[_Union[_identity_pb2.Embedding, _Mapping]] = ..., pose: _Optional[_Union[Pose, _Mapping]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., base_model: _Optional[str] = ..., steps: _Optional[int] = ..., cfg: _Optional[float] = ..., scheduler: _Optional[_Union[_render_pb2.Scheduler, str]] = ..., adapter: _Optional[_Union[_render_pb2.Strength, _Mapping]] = ..., identity_net: _Optional[_Union[_render_pb2.Strength, _Mapping]] = ..., controls: _Optional[_Iterable[_Union[_render_pb2.Control, _Mapping]]] = ..., loras: _Optional[_Iterable[_Union[_render_pb2.Lora, _Mapping]]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., plan: _Optional[_Union[Plan, _Mapping]] = ..., reference: _Optional[_Union[Reference, _Mapping]] = ..., staging: _Optional[_Union[_staging_pb2.Staging, _Mapping]] = ..., preview_every_steps: _Optional[int] = ..., send_latents: _Optional[bool] = ..., kind: _Optional[_Union[_chunk_pb2.Kind, str]] = ..., priority: _Optional[_Union[_work_pb2.Priority, str]] = ..., step_id: _Optional[str] = ...) -> None: ...

class Prompt(_message.Message):
    __slots__ = ("text", "negative", "text_is_template", "negative_is_template")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_FIELD_NUMBER: _ClassVar[int]
    TEXT_IS_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_IS_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    text: str
    negative: str
    text_is_template: bool
    negative_is_template: bool
    def __init__(self, text: _Optional[str] = ..., negative: _Optional[str] = ..., text_is_template: _Optional[bool] = ..., negative_is_template: _Optional[bool] = ...) -> None: ...

class PictureOptions(_message.Message):
    __slots__ = ("seed", "prompt")
    SEED_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    seed: int
    prompt: int
    def __init__(self, seed: _Optional[int] = ..., prompt: _Optional[int] = ...) -> None: ...

class Pose(_message.Message):
    __slots__ = ("key_points", "template")
    KEY_POINTS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    key_points: _face_pb2.KeyPoints
    template: PoseTemplate
    def __init__(self, key_points: _Optional[_Union[_face_pb2.KeyPoints, _Mapping]] = ..., template: _Optional[_Union[PoseTemplate, _Mapping]] = ...) -> None: ...

class PoseTemplate(_message.Message):
    __slots__ = ("name", "subject")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    name: str
    subject: _face_pb2.KeyPoints
    def __init__(self, name: _Optional[str] = ..., subject: _Optional[_Union[_face_pb2.KeyPoints, _Mapping]] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("picture", "latents", "denoise")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    LATENTS_FIELD_NUMBER: _ClassVar[int]
    DENOISE_FIELD_NUMBER: _ClassVar[int]
    picture: InitPicture
    latents: InitLatents
    denoise: float
    def __init__(self, picture: _Optional[_Union[InitPicture, _Mapping]] = ..., latents: _Optional[_Union[InitLatents, _Mapping]] = ..., denoise: _Optional[float] = ...) -> None: ...

class InitPicture(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class InitLatents(_message.Message):
    __slots__ = ("shares",)
    SHARES_FIELD_NUMBER: _ClassVar[int]
    shares: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, shares: _Optional[_Iterable[float]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("name", "passes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PASSES_FIELD_NUMBER: _ClassVar[int]
    name: str
    passes: _containers.RepeatedCompositeFieldContainer[_render_pb2.Pass]
    def __init__(self, name: _Optional[str] = ..., passes: _Optional[_Iterable[_Union[_render_pb2.Pass, _Mapping]]] = ...) -> None: ...

class Reference(_message.Message):
    __slots__ = ("face",)
    FACE_FIELD_NUMBER: _ClassVar[int]
    face: _face_pb2.Face
    def __init__(self, face: _Optional[_Union[_face_pb2.Face, _Mapping]] = ...) -> None: ...

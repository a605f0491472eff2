import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import render_pb2 as _render_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from likeness.generator.v1 import info_pb2 as _info_pb2
from likeness.generator.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GenerateRequest(_message.Message):
    __slots__ = ("options", "chunk")
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    options: _options_pb2.GenerateOptions
    chunk: _chunk_pb2.Chunk
    def __init__(self, options: _Optional[_Union[_options_pb2.GenerateOptions, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

class GenerateResponse(_message.Message):
    __slots__ = ("accepted", "step", "preview", "picture", "chunk", "failed", "done")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    accepted: _work_pb2.Accepted
    step: Step
    preview: Preview
    picture: RenderedPicture
    chunk: _chunk_pb2.Chunk
    failed: FailedPicture
    done: Done
    def __init__(self, accepted: _Optional[_Union[_work_pb2.Accepted, _Mapping]] = ..., step: _Optional[_Union[Step, _Mapping]] = ..., preview: _Optional[_Union[Preview, _Mapping]] = ..., picture: _Optional[_Union[RenderedPicture, _Mapping]] = ..., chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ..., failed: _Optional[_Union[FailedPicture, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("picture", "pass_index", "step", "steps", "estimate")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    PASS_INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    picture: int
    pass_index: int
    step: int
    steps: int
    estimate: _duration_pb2.Duration
    def __init__(self, picture: _Optional[int] = ..., pass_index: _Optional[int] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., estimate: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Preview(_message.Message):
    __slots__ = ("picture", "step")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    picture: int
    step: int
    def __init__(self, picture: _Optional[int] = ..., step: _Optional[int] = ...) -> None: ...

class RenderedPicture(_message.Message):
    __slots__ = ("index", "rendering", "key_points", "has_latents", "has_anchor_latents", "timings", "made_by")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    RENDERING_FIELD_NUMBER: _ClassVar[int]
    KEY_POINTS_FIELD_NUMBER: _ClassVar[int]
    HAS_LATENTS_FIELD_NUMBER: _ClassVar[int]
    HAS_ANCHOR_LATENTS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    index: int
    rendering: _render_pb2.Rendering
    key_points: _face_pb2.KeyPoints
    has_latents: bool
    has_anchor_latents: bool
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, index: _Optional[int] = ..., rendering: _Optional[_Union[_render_pb2.Rendering, _Mapping]] = ..., key_points: _Optional[_Union[_face_pb2.KeyPoints, _Mapping]] = ..., has_latents: _Optional[bool] = ..., has_anchor_latents: _Optional[bool] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("served_by", "menu", "option_limits", "limits", "recogniser", "backend", "output_checked")
    SERVED_BY_FIELD_NUMBER: _ClassVar[int]
    MENU_FIELD_NUMBER: _ClassVar[int]
    OPTION_LIMITS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    RECOGNISER_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_CHECKED_FIELD_NUMBER: _ClassVar[int]
    served_by: _work_pb2.MadeBy
    menu: _info_pb2.Menu
    option_limits: _info_pb2.OptionLimits
    limits: _work_pb2.Limits
    recogniser: _identity_pb2.Recogniser
    backend: _info_pb2.Backend
    output_checked: bool
    def __init__(self, served_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ..., menu: _Optional[_Union[_info_pb2.Menu, _Mapping]] = ..., option_limits: _Optional[_Union[_info_pb2.OptionLimits, _Mapping]] = ..., limits: _Optional[_Union[_work_pb2.Limits, _Mapping]] = ..., recogniser: _Optional[_Union[_identity_pb2.Recogniser, _Mapping]] = ..., backend: _Optional[_Union[_info_pb2.Backend, _Mapping]] = ..., output_checked: _Optional[bool] = ...) -> None: ...

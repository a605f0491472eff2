import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.gateway.v1 import job_pb2 as _job_pb2
from likeness.gateway.v1 import result_pb2 as _result_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobEvent(_message.Message):
    __slots__ = ("offset", "time", "state", "judged", "result", "given_up", "step", "preview", "alive")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    JUDGED_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    offset: int
    time: _timestamp_pb2.Timestamp
    state: StateChanged
    judged: TryJudged
    result: ResultStored
    given_up: PictureGivenUp
    step: PictureStep
    preview: PicturePreview
    alive: Alive
    def __init__(self, offset: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[StateChanged, _Mapping]] = ..., judged: _Optional[_Union[TryJudged, _Mapping]] = ..., result: _Optional[_Union[ResultStored, _Mapping]] = ..., given_up: _Optional[_Union[PictureGivenUp, _Mapping]] = ..., step: _Optional[_Union[PictureStep, _Mapping]] = ..., preview: _Optional[_Union[PicturePreview, _Mapping]] = ..., alive: _Optional[_Union[Alive, _Mapping]] = ...) -> None: ...

class StateChanged(_message.Message):
    __slots__ = ("state", "stage", "progress")
    STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    state: _job_pb2.State
    stage: _job_pb2.Stage
    progress: _job_pb2.Progress
    def __init__(self, state: _Optional[_Union[_job_pb2.State, str]] = ..., stage: _Optional[_Union[_job_pb2.Stage, str]] = ..., progress: _Optional[_Union[_job_pb2.Progress, _Mapping]] = ...) -> None: ...

class PictureRef(_message.Message):
    __slots__ = ("style_index", "style", "picture", "pictures", "attempt", "seed")
    STYLE_INDEX_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    style_index: int
    style: str
    picture: int
    pictures: int
    attempt: int
    seed: int
    def __init__(self, style_index: _Optional[int] = ..., style: _Optional[str] = ..., picture: _Optional[int] = ..., pictures: _Optional[int] = ..., attempt: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class TryJudged(_message.Message):
    __slots__ = ("picture", "try_name", "outcome", "drift")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    TRY_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    picture: PictureRef
    try_name: str
    outcome: _result_pb2.Outcome
    drift: _identity_pb2.Drift
    def __init__(self, picture: _Optional[_Union[PictureRef, _Mapping]] = ..., try_name: _Optional[str] = ..., outcome: _Optional[_Union[_result_pb2.Outcome, str]] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ...) -> None: ...

class ResultStored(_message.Message):
    __slots__ = ("picture", "result")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    picture: PictureRef
    result: _result_pb2.Result
    def __init__(self, picture: _Optional[_Union[PictureRef, _Mapping]] = ..., result: _Optional[_Union[_result_pb2.Result, _Mapping]] = ...) -> None: ...

class PictureGivenUp(_message.Message):
    __slots__ = ("picture", "best")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    picture: PictureRef
    best: _identity_pb2.Drift
    def __init__(self, picture: _Optional[_Union[PictureRef, _Mapping]] = ..., best: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ...) -> None: ...

class PictureStep(_message.Message):
    __slots__ = ("picture", "stage", "step", "steps", "estimate")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    picture: PictureRef
    stage: _job_pb2.Stage
    step: int
    steps: int
    estimate: _duration_pb2.Duration
    def __init__(self, picture: _Optional[_Union[PictureRef, _Mapping]] = ..., stage: _Optional[_Union[_job_pb2.Stage, str]] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., estimate: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class PicturePreview(_message.Message):
    __slots__ = ("picture", "step")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    picture: PictureRef
    step: int
    def __init__(self, picture: _Optional[_Union[PictureRef, _Mapping]] = ..., step: _Optional[int] = ...) -> None: ...

class Alive(_message.Message):
    __slots__ = ("estimate",)
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    estimate: _duration_pb2.Duration
    def __init__(self, estimate: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

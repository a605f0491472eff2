import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from likeness.gateway.v1 import result_pb2 as _result_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Subject(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUBJECT_UNSPECIFIED: _ClassVar[Subject]
    SUBJECT_CALLER: _ClassVar[Subject]
    SUBJECT_AUTHORISED: _ClassVar[Subject]

class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_UNSPECIFIED: _ClassVar[State]
    STATE_QUEUED: _ClassVar[State]
    STATE_RUNNING: _ClassVar[State]
    STATE_SUCCEEDED: _ClassVar[State]
    STATE_PARTIAL: _ClassVar[State]
    STATE_FAILED: _ClassVar[State]
    STATE_CANCELLED: _ClassVar[State]

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_EMBED: _ClassVar[Stage]
    STAGE_GENERATE: _ClassVar[Stage]
    STAGE_VERIFY: _ClassVar[Stage]
    STAGE_UPSCALE: _ClassVar[Stage]
    STAGE_STORE: _ClassVar[Stage]
SUBJECT_UNSPECIFIED: Subject
SUBJECT_CALLER: Subject
SUBJECT_AUTHORISED: Subject
STATE_UNSPECIFIED: State
STATE_QUEUED: State
STATE_RUNNING: State
STATE_SUCCEEDED: State
STATE_PARTIAL: State
STATE_FAILED: State
STATE_CANCELLED: State
STAGE_UNSPECIFIED: Stage
STAGE_EMBED: Stage
STAGE_GENERATE: Stage
STAGE_VERIFY: Stage
STAGE_UPSCALE: Stage
STAGE_STORE: Stage

class Job(_message.Message):
    __slots__ = ("name", "spec", "state", "stage", "progress", "results", "problem", "create_time", "start_time", "end_time", "photos_expire_time", "expire_time", "hard_expire_time", "metrics", "timings", "made_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    HARD_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    spec: JobSpec
    state: State
    stage: Stage
    progress: Progress
    results: _containers.RepeatedCompositeFieldContainer[_result_pb2.Result]
    problem: _reason_pb2.Problem
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    photos_expire_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    hard_expire_time: _timestamp_pb2.Timestamp
    metrics: PackMetrics
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _containers.RepeatedCompositeFieldContainer[_work_pb2.MadeBy]
    def __init__(self, name: _Optional[str] = ..., spec: _Optional[_Union[JobSpec, _Mapping]] = ..., state: _Optional[_Union[State, str]] = ..., stage: _Optional[_Union[Stage, str]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., results: _Optional[_Iterable[_Union[_result_pb2.Result, _Mapping]]] = ..., problem: _Optional[_Union[_reason_pb2.Problem, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., photos_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hard_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metrics: _Optional[_Union[PackMetrics, _Mapping]] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Iterable[_Union[_work_pb2.MadeBy, _Mapping]]] = ...) -> None: ...

class JobSpec(_message.Message):
    __slots__ = ("upload", "styles", "consent", "accept_tier", "max_tries", "long_side", "kind", "priority", "expire_time", "ttl")
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    STYLES_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIER_FIELD_NUMBER: _ClassVar[int]
    MAX_TRIES_FIELD_NUMBER: _ClassVar[int]
    LONG_SIDE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    upload: str
    styles: _containers.RepeatedCompositeFieldContainer[StyleOrder]
    consent: Consent
    accept_tier: _identity_pb2.Tier
    max_tries: int
    long_side: int
    kind: _chunk_pb2.Kind
    priority: _work_pb2.Priority
    expire_time: _timestamp_pb2.Timestamp
    ttl: _duration_pb2.Duration
    def __init__(self, upload: _Optional[str] = ..., styles: _Optional[_Iterable[_Union[StyleOrder, _Mapping]]] = ..., consent: _Optional[_Union[Consent, _Mapping]] = ..., accept_tier: _Optional[_Union[_identity_pb2.Tier, str]] = ..., max_tries: _Optional[int] = ..., long_side: _Optional[int] = ..., kind: _Optional[_Union[_chunk_pb2.Kind, str]] = ..., priority: _Optional[_Union[_work_pb2.Priority, str]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StyleOrder(_message.Message):
    __slots__ = ("style", "count", "pose", "expression", "free_text", "seed")
    STYLE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    FREE_TEXT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    style: str
    count: int
    pose: str
    expression: str
    free_text: str
    seed: int
    def __init__(self, style: _Optional[str] = ..., count: _Optional[int] = ..., pose: _Optional[str] = ..., expression: _Optional[str] = ..., free_text: _Optional[str] = ..., seed: _Optional[int] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("subject", "reference", "purpose", "policy_version", "give_time")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    GIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    subject: Subject
    reference: str
    purpose: str
    policy_version: str
    give_time: _timestamp_pb2.Timestamp
    def __init__(self, subject: _Optional[_Union[Subject, str]] = ..., reference: _Optional[str] = ..., purpose: _Optional[str] = ..., policy_version: _Optional[str] = ..., give_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("wanted", "kept", "given_up", "tries", "estimate", "styles")
    WANTED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    STYLES_FIELD_NUMBER: _ClassVar[int]
    wanted: int
    kept: int
    given_up: int
    tries: int
    estimate: _duration_pb2.Duration
    styles: _containers.RepeatedCompositeFieldContainer[StyleProgress]
    def __init__(self, wanted: _Optional[int] = ..., kept: _Optional[int] = ..., given_up: _Optional[int] = ..., tries: _Optional[int] = ..., estimate: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., styles: _Optional[_Iterable[_Union[StyleProgress, _Mapping]]] = ...) -> None: ...

class StyleProgress(_message.Message):
    __slots__ = ("style_index", "wanted", "kept", "given_up", "tries", "best")
    STYLE_INDEX_FIELD_NUMBER: _ClassVar[int]
    WANTED_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    TRIES_FIELD_NUMBER: _ClassVar[int]
    BEST_FIELD_NUMBER: _ClassVar[int]
    style_index: int
    wanted: int
    kept: int
    given_up: int
    tries: int
    best: _identity_pb2.Drift
    def __init__(self, style_index: _Optional[int] = ..., wanted: _Optional[int] = ..., kept: _Optional[int] = ..., given_up: _Optional[int] = ..., tries: _Optional[int] = ..., best: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ...) -> None: ...

class PackMetrics(_message.Message):
    __slots__ = ("tries_per_kept", "lock_rate", "drifts", "unmeasured")
    TRIES_PER_KEPT_FIELD_NUMBER: _ClassVar[int]
    LOCK_RATE_FIELD_NUMBER: _ClassVar[int]
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    UNMEASURED_FIELD_NUMBER: _ClassVar[int]
    tries_per_kept: float
    lock_rate: float
    drifts: _containers.RepeatedCompositeFieldContainer[DriftBin]
    unmeasured: int
    def __init__(self, tries_per_kept: _Optional[float] = ..., lock_rate: _Optional[float] = ..., drifts: _Optional[_Iterable[_Union[DriftBin, _Mapping]]] = ..., unmeasured: _Optional[int] = ...) -> None: ...

class DriftBin(_message.Message):
    __slots__ = ("at_least", "below", "count")
    AT_LEAST_FIELD_NUMBER: _ClassVar[int]
    BELOW_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    at_least: float
    below: float
    count: int
    def __init__(self, at_least: _Optional[float] = ..., below: _Optional[float] = ..., count: _Optional[int] = ...) -> None: ...

from likeness.common.v1 import face_pb2 as _face_pb2
from likeness.common.v1 import identity_pb2 as _identity_pb2
from likeness.common.v1 import reason_pb2 as _reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_ACCEPT: _ClassVar[Verdict]
    VERDICT_WARN: _ClassVar[Verdict]
    VERDICT_REFUSE: _ClassVar[Verdict]
VERDICT_UNSPECIFIED: Verdict
VERDICT_ACCEPT: Verdict
VERDICT_WARN: Verdict
VERDICT_REFUSE: Verdict

class Finding(_message.Message):
    __slots__ = ("reason", "verdict", "advice", "measured", "limit")
    REASON_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ADVICE_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    reason: _reason_pb2.Reason
    verdict: Verdict
    advice: str
    measured: float
    limit: float
    def __init__(self, reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., advice: _Optional[str] = ..., measured: _Optional[float] = ..., limit: _Optional[float] = ...) -> None: ...

class Quality(_message.Message):
    __slots__ = ("eye_distance_px", "face_px", "sharpness", "brightness", "contrast", "clipped", "yaw_deg", "pitch_deg", "roll_deg", "cut_off", "score")
    EYE_DISTANCE_PX_FIELD_NUMBER: _ClassVar[int]
    FACE_PX_FIELD_NUMBER: _ClassVar[int]
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    BRIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    CLIPPED_FIELD_NUMBER: _ClassVar[int]
    YAW_DEG_FIELD_NUMBER: _ClassVar[int]
    PITCH_DEG_FIELD_NUMBER: _ClassVar[int]
    ROLL_DEG_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    eye_distance_px: float
    face_px: float
    sharpness: float
    brightness: float
    contrast: float
    clipped: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    cut_off: float
    score: float
    def __init__(self, eye_distance_px: _Optional[float] = ..., face_px: _Optional[float] = ..., sharpness: _Optional[float] = ..., brightness: _Optional[float] = ..., contrast: _Optional[float] = ..., clipped: _Optional[float] = ..., yaw_deg: _Optional[float] = ..., pitch_deg: _Optional[float] = ..., roll_deg: _Optional[float] = ..., cut_off: _Optional[float] = ..., score: _Optional[float] = ...) -> None: ...

class PhotoReport(_message.Message):
    __slots__ = ("index", "size", "faces", "chosen", "quality", "verdict", "findings")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    index: int
    size: _face_pb2.Size
    faces: _containers.RepeatedCompositeFieldContainer[_face_pb2.Face]
    chosen: int
    quality: Quality
    verdict: Verdict
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, index: _Optional[int] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., faces: _Optional[_Iterable[_Union[_face_pb2.Face, _Mapping]]] = ..., chosen: _Optional[int] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class PairDrift(_message.Message):
    __slots__ = ("first", "second", "drift")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    first: int
    second: int
    drift: _identity_pb2.Drift
    def __init__(self, first: _Optional[int] = ..., second: _Optional[int] = ..., drift: _Optional[_Union[_identity_pb2.Drift, _Mapping]] = ...) -> None: ...

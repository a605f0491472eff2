from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Tier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIER_UNSPECIFIED: _ClassVar[Tier]
    TIER_FAIL: _ClassVar[Tier]
    TIER_MATCH: _ClassVar[Tier]
    TIER_STRONG: _ClassVar[Tier]
    TIER_LOCKED: _ClassVar[Tier]
TIER_UNSPECIFIED: Tier
TIER_FAIL: Tier
TIER_MATCH: Tier
TIER_STRONG: Tier
TIER_LOCKED: Tier

class Embedding(_message.Message):
    __slots__ = ("recogniser_id", "values")
    RECOGNISER_ID_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    recogniser_id: str
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, recogniser_id: _Optional[str] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class Thresholds(_message.Message):
    __slots__ = ("locked", "strong", "match")
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    STRONG_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    locked: float
    strong: float
    match: float
    def __init__(self, locked: _Optional[float] = ..., strong: _Optional[float] = ..., match: _Optional[float] = ...) -> None: ...

class Drift(_message.Message):
    __slots__ = ("recogniser_id", "value", "tier")
    RECOGNISER_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    recogniser_id: str
    value: float
    tier: Tier
    def __init__(self, recogniser_id: _Optional[str] = ..., value: _Optional[float] = ..., tier: _Optional[_Union[Tier, str]] = ...) -> None: ...

class Recogniser(_message.Message):
    __slots__ = ("id", "dimensions", "thresholds")
    ID_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    dimensions: int
    thresholds: Thresholds
    def __init__(self, id: _Optional[str] = ..., dimensions: _Optional[int] = ..., thresholds: _Optional[_Union[Thresholds, _Mapping]] = ...) -> None: ...

from likeness.common.v1 import face_pb2 as _face_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Style(_message.Message):
    __slots__ = ("id", "title", "description", "poses", "expressions", "size", "plan", "takes_free_text")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    POSES_FIELD_NUMBER: _ClassVar[int]
    EXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    TAKES_FREE_TEXT_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    description: str
    poses: _containers.RepeatedScalarFieldContainer[str]
    expressions: _containers.RepeatedScalarFieldContainer[str]
    size: _face_pb2.Size
    plan: str
    takes_free_text: bool
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., description: _Optional[str] = ..., poses: _Optional[_Iterable[str]] = ..., expressions: _Optional[_Iterable[str]] = ..., size: _Optional[_Union[_face_pb2.Size, _Mapping]] = ..., plan: _Optional[str] = ..., takes_free_text: _Optional[bool] = ...) -> None: ...

import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from likeness.common.v1 import chunk_pb2 as _chunk_pb2
from likeness.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EchoRequest(_message.Message):
    __slots__ = ("text", "hold")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    text: str
    hold: _duration_pb2.Duration
    def __init__(self, text: _Optional[str] = ..., hold: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EchoResponse(_message.Message):
    __slots__ = ("text", "timings", "made_by")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    text: str
    timings: _containers.RepeatedCompositeFieldContainer[_work_pb2.Timing]
    made_by: _work_pb2.MadeBy
    def __init__(self, text: _Optional[str] = ..., timings: _Optional[_Iterable[_Union[_work_pb2.Timing, _Mapping]]] = ..., made_by: _Optional[_Union[_work_pb2.MadeBy, _Mapping]] = ...) -> None: ...

class EchoBlobsRequest(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: _chunk_pb2.Chunk
    def __init__(self, chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

class EchoBlobsResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: _chunk_pb2.Chunk
    def __init__(self, chunk: _Optional[_Union[_chunk_pb2.Chunk, _Mapping]] = ...) -> None: ...

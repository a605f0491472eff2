from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_PHOTO: _ClassVar[Role]
    ROLE_PICTURE: _ClassVar[Role]
    ROLE_INIT: _ClassVar[Role]
    ROLE_CONTROL: _ClassVar[Role]
    ROLE_PREVIEW: _ClassVar[Role]
    ROLE_LATENTS: _ClassVar[Role]
    ROLE_ANCHOR_LATENTS: _ClassVar[Role]

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_JPEG: _ClassVar[Kind]
    KIND_PNG: _ClassVar[Kind]
    KIND_WEBP: _ClassVar[Kind]
    KIND_HEIC: _ClassVar[Kind]
    KIND_RGB8: _ClassVar[Kind]
    KIND_F32: _ClassVar[Kind]
ROLE_UNSPECIFIED: Role
ROLE_PHOTO: Role
ROLE_PICTURE: Role
ROLE_INIT: Role
ROLE_CONTROL: Role
ROLE_PREVIEW: Role
ROLE_LATENTS: Role
ROLE_ANCHOR_LATENTS: Role
KIND_UNSPECIFIED: Kind
KIND_JPEG: Kind
KIND_PNG: Kind
KIND_WEBP: Kind
KIND_HEIC: Kind
KIND_RGB8: Kind
KIND_F32: Kind

class Chunk(_message.Message):
    __slots__ = ("header", "data", "end")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    header: ChunkHeader
    data: bytes
    end: ChunkEnd
    def __init__(self, header: _Optional[_Union[ChunkHeader, _Mapping]] = ..., data: _Optional[bytes] = ..., end: _Optional[_Union[ChunkEnd, _Mapping]] = ...) -> None: ...

class ChunkHeader(_message.Message):
    __slots__ = ("role", "kind", "size_bytes", "index", "width", "height")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    role: Role
    kind: Kind
    size_bytes: int
    index: int
    width: int
    height: int
    def __init__(self, role: _Optional[_Union[Role, str]] = ..., kind: _Optional[_Union[Kind, str]] = ..., size_bytes: _Optional[int] = ..., index: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class ChunkEnd(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ...) -> None: ...

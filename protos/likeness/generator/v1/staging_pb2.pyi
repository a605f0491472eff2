from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Texture(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEXTURE_UNSPECIFIED: _ClassVar[Texture]
    TEXTURE_PLAIN: _ClassVar[Texture]
    TEXTURE_CANVAS: _ClassVar[Texture]
    TEXTURE_LIGHTS: _ClassVar[Texture]
    TEXTURE_FOLIAGE: _ClassVar[Texture]
TEXTURE_UNSPECIFIED: Texture
TEXTURE_PLAIN: Texture
TEXTURE_CANVAS: Texture
TEXTURE_LIGHTS: Texture
TEXTURE_FOLIAGE: Texture

class Staging(_message.Message):
    __slots__ = ("backdrop", "light", "grade", "depth", "variation")
    BACKDROP_FIELD_NUMBER: _ClassVar[int]
    LIGHT_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    VARIATION_FIELD_NUMBER: _ClassVar[int]
    backdrop: Backdrop
    light: Light
    grade: Grade
    depth: float
    variation: float
    def __init__(self, backdrop: _Optional[_Union[Backdrop, _Mapping]] = ..., light: _Optional[_Union[Light, _Mapping]] = ..., grade: _Optional[_Union[Grade, _Mapping]] = ..., depth: _Optional[float] = ..., variation: _Optional[float] = ...) -> None: ...

class Backdrop(_message.Message):
    __slots__ = ("tint", "edge", "texture", "cover")
    TINT_FIELD_NUMBER: _ClassVar[int]
    EDGE_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    tint: Colour
    edge: Colour
    texture: Texture
    cover: float
    def __init__(self, tint: _Optional[_Union[Colour, _Mapping]] = ..., edge: _Optional[_Union[Colour, _Mapping]] = ..., texture: _Optional[_Union[Texture, str]] = ..., cover: _Optional[float] = ...) -> None: ...

class Light(_message.Message):
    __slots__ = ("direction_deg", "key", "shadow")
    DIRECTION_DEG_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    direction_deg: float
    key: float
    shadow: float
    def __init__(self, direction_deg: _Optional[float] = ..., key: _Optional[float] = ..., shadow: _Optional[float] = ...) -> None: ...

class Grade(_message.Message):
    __slots__ = ("exposure", "contrast", "saturation", "warmth", "vignette", "grain", "shadows", "lights", "toning")
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    SATURATION_FIELD_NUMBER: _ClassVar[int]
    WARMTH_FIELD_NUMBER: _ClassVar[int]
    VIGNETTE_FIELD_NUMBER: _ClassVar[int]
    GRAIN_FIELD_NUMBER: _ClassVar[int]
    SHADOWS_FIELD_NUMBER: _ClassVar[int]
    LIGHTS_FIELD_NUMBER: _ClassVar[int]
    TONING_FIELD_NUMBER: _ClassVar[int]
    exposure: float
    contrast: float
    saturation: float
    warmth: float
    vignette: float
    grain: float
    shadows: Colour
    lights: Colour
    toning: float
    def __init__(self, exposure: _Optional[float] = ..., contrast: _Optional[float] = ..., saturation: _Optional[float] = ..., warmth: _Optional[float] = ..., vignette: _Optional[float] = ..., grain: _Optional[float] = ..., shadows: _Optional[_Union[Colour, _Mapping]] = ..., lights: _Optional[_Union[Colour, _Mapping]] = ..., toning: _Optional[float] = ...) -> None: ...

class Colour(_message.Message):
    __slots__ = ("red", "green", "blue")
    RED_FIELD_NUMBER: _ClassVar[int]
    GREEN_FIELD_NUMBER: _ClassVar[int]
    BLUE_FIELD_NUMBER: _ClassVar[int]
    red: float
    green: float
    blue: float
    def __init__(self, red: _Optional[float] = ..., green: _Optional[float] = ..., blue: _Optional[float] = ...) -> None: ...

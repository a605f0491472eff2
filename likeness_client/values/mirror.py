"""Messages as plain values. A value has fields of the names its message has; the annotation says how one is read.

| message                    | annotation                                             |
|----------------------------|--------------------------------------------------------|
| number, text, truth, bytes | the same                                               |
| Timestamp, Duration        | `datetime` in UTC, `timedelta`                         |
| enum                       | a `StrEnum` with UNKNOWN, or `str`: NO_FACE            |
| message                    | a dataclass                                            |
| repeated, map              | `tuple[X, ...]`, `dict[str, str]`                      |
| unset, empty, unspecified  | None where the annotation is `X | None`                |

What a newer server adds is skipped, or UNKNOWN: an older client goes on working.
"""

import base64
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from google.protobuf.message import Message

T = TypeVar("T")

_Read = Callable[[Any, Any], Any]


def read(kind: type[T], message: Message, /, **further: object) -> T:
    """The message as a value of this kind; `further` are fields that stand elsewhere."""
    given = {name: reader(message, name) for name, reader in _readers(cast(Hashable, kind)) if name not in further}
    return kind(**given, **further)


def plain(value: object) -> Any:
    """What JSON can hold: times in ISO 8601, spans in seconds, bytes in base64."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.repr}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Message, str], Any]], ...]:
    hints = get_type_hints(kind)
    return tuple((each.name, _reader(hints[each.name])) for each in fields(kind) if each.init)


def _reader(hint: Any) -> Callable[[Message, str], Any]:
    if get_origin(hint) is UnionType:
        (inner,) = (each for each in get_args(hint) if each is not NoneType)
        return _optional(_converter(inner))
    convert = _converter(hint)
    return lambda message, name: convert(getattr(message, name), message.DESCRIPTOR.fields_by_name[name])


def _optional(convert: _Read) -> Callable[[Message, str], Any]:
    def reader(message: Message, name: str) -> Any:
        field = message.DESCRIPTOR.fields_by_name[name]
        there = message.HasField(name) if field.has_presence else getattr(message, name)
        return convert(getattr(message, name), field) if there else None

    return reader


def _converter(hint: Any) -> _Read:
    if get_origin(hint) is tuple:
        each = _converter(get_args(hint)[0])
        return lambda values, field: tuple(each(value, field) for value in values)
    if get_origin(hint) is dict:
        return lambda values, _: dict(values)
    if hint is datetime:
        return lambda value, _: value.ToDatetime(tzinfo=UTC)
    if hint is timedelta:
        return lambda value, _: value.ToTimedelta()
    if is_dataclass(hint):
        return lambda value, _: read(cast(type, hint), value)
    if issubclass(hint, StrEnum):
        return lambda value, field: _member(hint, _word(value, field))
    return lambda value, field: _word(value, field) if field.enum_type else value


def _member(kind: type[StrEnum], word: str) -> StrEnum:
    return kind.__members__.get(word, kind.__members__["UNKNOWN"])


def _word(number: int, field: Any) -> str:
    """Without the enum's prefix: NO_FACE. UNKNOWN for one that was never sent, or is newer than this build."""
    names = field.enum_type.values_by_number
    prefix = names[0].name.removesuffix("UNSPECIFIED")
    return names[number].name.removeprefix(prefix) if number and number in names else "UNKNOWN"

"""What may be written into the job database: ids, numbers, states, reasons. Everything else is refused.

There are no sentences and no long lists in it, so neither a prompt nor an embedding gets through by mistake, and
nothing that is read from it can run.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.reason_pb2 import Reason

from likeness_wire.errors import LikenessError, class_of, name_of, reason_named

_WORD = re.compile(r"[A-Za-z0-9._:/+-]{0,128}")
# Shorter than any recogniser's embedding.
_MOST_ENTRIES = 64
_DEEPEST = 8
_FAILURE = "!failure"


class Refused(TypeError):
    """It must not be stored."""


def encode(value: object) -> str:
    """JSON of an allowed value, or of a failure: its reason, never its message. Raises Refused for the rest."""
    if isinstance(value, BaseException):
        return json.dumps({_FAILURE: name_of(reason_of(value))})
    return json.dumps(_allowed(value, _DEEPEST), separators=(",", ":"))


def decode(text: str) -> Any:
    """The value, or the failure as an exception of its class."""
    value = json.loads(text)
    if isinstance(value, dict) and value.keys() == {_FAILURE}:
        return _failure(str(value[_FAILURE]))
    return value


def reason_of(error: BaseException) -> Reason:
    return error.reason if isinstance(error, LikenessError) else reasons.REASON_INTERNAL


def failure(reason: Reason) -> LikenessError:
    """As it comes back from the database, where no message is kept."""
    return class_of(reason)(reason, "a step of the job failed")


def _failure(name: str) -> LikenessError:
    return failure(reason_named(name) or reasons.REASON_INTERNAL)


def _allowed(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and _WORD.fullmatch(value):
        return str(value)
    if isinstance(value, list | tuple) and len(value) <= _MOST_ENTRIES and depth:
        return [_allowed(entry, depth - 1) for entry in value]
    if isinstance(value, Mapping) and len(value) <= _MOST_ENTRIES and depth:
        return {_name(key): _allowed(entry, depth - 1) for key, entry in value.items()}
    raise Refused(f"a {type(value).__name__} like this is not stored in the job database")


def _name(key: object) -> str:
    if not isinstance(key, str) or not _WORD.fullmatch(key):
        raise Refused("a name like this is not stored in the job database")
    return key

"""Messages in protobuf's JSON mapping, and what a path and a query say as part of one."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.api.refusals import invalid
from gateway.http.expected import expected
from likeness_wire.errors import BadRequest

Tree = dict[str, Any]

# Larger answers are written on a thread; a few hundred records take tens of milliseconds.
_LONG_BYTES = 16 * 1024
_BOOLS = {"true": True, "false": False}
_DEEPEST = 16
_NO_FIELD = re.compile(r'no field named "(\w{1,64})"')
_INSIDE = re.compile(r"Failed to parse (\w{1,64}) field")
_AT = re.compile(r" at \w{1,64}\.(\w[\w.]{0,200}?)\.*\Z")


async def written(message: Message) -> bytes:
    """As JSON on one line. Fields without presence are always there, so that readers need no defaults."""
    if message.ByteSize() > _LONG_BYTES:
        return await asyncio.to_thread(_written, message)
    return _written(message)


def tree_of(body: bytes) -> Tree:
    """What JSON says; nothing says nothing."""
    try:
        tree = json.loads(body, object_pairs_hook=_once) if body.strip() else {}
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict):
        raise invalid("body", "one JSON object in UTF-8, in which no name comes twice")
    return tree


def tree_of_query(pairs: Iterable[tuple[str, str]], kind: Descriptor) -> Tree:
    """`spec.ttl=60s&states=STATE_RUNNING`: dotted fields; what may repeat may be there several times."""
    tree: Tree = {}
    for name, value in pairs:
        field = field_named(kind, name)
        if field is None:
            raise invalid("query", "a parameter that this call does not have")
        read = _BOOLS.get(value, value) if field.type == FieldDescriptor.TYPE_BOOL else value
        _put(tree, kind, name, [read] if field.is_repeated else read)
    return tree


def with_fields(tree: Tree, fields: Mapping[str, str], kind: Descriptor) -> Tree:
    """And what the path says. INVALID_FIELD where both speak and disagree."""
    for name, value in fields.items():
        _put(tree, kind, name, value)
    return tree


def message_of(tree: Tree, kind: type[Message]) -> Any:
    """INVALID_FIELD names the field, where protobuf does."""
    try:
        return json_format.ParseDict(tree, kind(), max_recursion_depth=_DEEPEST)
    except (json_format.Error, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _misread(str(error), cast(Descriptor, kind.DESCRIPTOR)) from None


def field_named(kind: Descriptor, dotted: str) -> FieldDescriptor | None:
    """By either spelling. None: there is none, or it is a whole message but for times and spans."""
    field: FieldDescriptor | None = None
    inside: Descriptor | None = kind
    for name in dotted.split("."):
        if inside is None or (field and field.is_repeated):
            return None
        field = inside.fields_by_camelcase_name.get(name) or inside.fields_by_name.get(name)
        if field is None:
            return None
        inside = field.message_type
    if inside is not None and inside.full_name not in _PLAIN:
        return None
    return field


_PLAIN = ("google.protobuf.Timestamp", "google.protobuf.Duration")


def _put(tree: Tree, kind: Descriptor, dotted: str, value: Any) -> None:
    """Under JSON's spelling, in whichever it came."""
    *outer, last = dotted.split(".")
    for name in outer:
        field = _field(kind, name)
        tree = _under(tree, field)
        kind = cast(Descriptor, field.message_type)  # dots stand behind messages alone
    field = _field(kind, last)
    if isinstance(value, list):
        tree.setdefault(field.json_name, []).extend(value)
        return
    for spelling in (field.json_name, field.name):
        if tree.get(spelling, value) != value:
            raise invalid(dotted, "said twice, and not the same")
    tree.pop(field.name, None)
    tree[field.json_name] = value


def _under(tree: Tree, field: FieldDescriptor) -> Tree:
    name = field.name if field.name in tree else field.json_name
    inner = tree.setdefault(name, {})
    if not isinstance(inner, dict):
        raise invalid(field.name, "an object")
    return inner


def _field(kind: Descriptor, name: str) -> FieldDescriptor:
    found: FieldDescriptor = kind.fields_by_camelcase_name.get(name) or kind.fields_by_name[name]
    return found


def _once(pairs: list[tuple[str, Any]]) -> Tree:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _misread(said: str, kind: Descriptor) -> BadRequest:
    """Names of fields and nothing else of what came: it may hold a prompt."""
    unknown = _NO_FIELD.search(said)
    at = _AT.search(said)
    # Which of the two leads to the field depends on what is wrong with it.
    path = max(_INSIDE.findall(said), at[1].split(".") if at else [], key=len)
    if unknown:
        return invalid(".".join([*path, unknown[1]]), "there is no such field")
    return invalid(".".join(path) or "body", f"has to be {expected(kind, path)}")


def _written(message: Message) -> bytes:
    text = json_format.MessageToJson(message, always_print_fields_with_no_presence=True, indent=None)
    return text.encode()

"""What a field takes in JSON, in words for whoever sent something else."""

from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import Descriptor, FieldDescriptor

_F = FieldDescriptor
_WORDS: Mapping[int, str] = {
    _F.TYPE_INT32: f"a whole number from {-(2**31)} to {2**31 - 1}",
    _F.TYPE_UINT32: f"a whole number from 0 to {2**32 - 1}",
    _F.TYPE_INT64: "a whole number",
    _F.TYPE_UINT64: "a whole number, not negative",
    _F.TYPE_DOUBLE: "a number",
    _F.TYPE_FLOAT: "a number",
    _F.TYPE_BOOL: "true or false",
    _F.TYPE_STRING: "text",
    _F.TYPE_BYTES: "base64",
}
_WELL_KNOWN = {
    "google.protobuf.Timestamp": "a time such as 2026-11-21T12:00:00Z",
    "google.protobuf.Duration": "seconds such as 3600s",
}


def expected(kind: Descriptor, path: Iterable[str]) -> str:
    """Of the last name in the path; an object where the path leads nowhere."""
    field: FieldDescriptor | None = None
    inside: Descriptor | None = kind
    for name in path:
        if inside is None:
            break
        field = inside.fields_by_camelcase_name.get(name) or inside.fields_by_name.get(name)
        inside = field.message_type if field else None
    if field is None:
        return "an object"
    return f"a list; each is {_one(field)}" if field.is_repeated else _one(field)


def _one(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        return f"one of {', '.join(value.name for value in field.enum_type.values if value.number)}"
    if field.message_type is not None:
        return _WELL_KNOWN.get(field.message_type.full_name, "an object")
    return _WORDS.get(field.type, "something else")

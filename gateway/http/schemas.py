"""JSON Schemas (2020-12) of messages in protobuf's JSON mapping."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

Schema = dict[str, Any]

_F = FieldDescriptor
_INT64 = {"type": "string", "pattern": "^-?[0-9]+$"}
_UINT64 = {"type": "string", "pattern": "^[0-9]+$"}
_NUMBERS: Mapping[int, Schema] = {
    _F.TYPE_INT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    _F.TYPE_SINT32: {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    _F.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    _F.TYPE_INT64: _INT64,
    _F.TYPE_SINT64: _INT64,
    _F.TYPE_UINT64: _UINT64,
    _F.TYPE_DOUBLE: {"type": "number"},
    _F.TYPE_FLOAT: {"type": "number"},
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
}
STATUS: Schema = {
    "type": "object",
    "description": "google.rpc.Status: what went wrong; an ErrorInfo among its details has the reason.",
    "required": ["code", "message", "details"],
    "properties": {
        "code": {"type": "integer", "description": "Of google.rpc.Code."},
        "message": {"type": "string", "description": "In English; nothing that programs should go by."},
        "details": {
            "type": "array",
            "items": {"type": "object", "required": ["@type"], "properties": {"@type": {"type": "string"}}},
        },
    },
}


class Schemas:
    """Collects those that others refer to."""

    def __init__(self, comments: Mapping[str, str]) -> None:
        self._comments = comments
        self.known: dict[str, Schema] = {"google.rpc.Status": STATUS}

    def of(self, kind: Descriptor | EnumDescriptor) -> Schema:
        """A reference."""
        if kind.full_name not in self.known:
            self.known[kind.full_name] = {}  # it may refer to itself
            made = self._enum(kind) if isinstance(kind, EnumDescriptor) else self._message(kind)
            self.known[kind.full_name] = self._described(kind.full_name, made)
        return {"$ref": f"#/components/schemas/{kind.full_name}"}

    def field(self, field: FieldDescriptor) -> Schema:
        """Of one value, or of many."""
        one = self._one(field)
        if field.is_repeated and field.message_type and field.message_type.GetOptions().map_entry:
            value = field.message_type.fields_by_name["value"]
            return self._described(field.full_name, {"type": "object", "additionalProperties": self._one(value)})
        return self._described(field.full_name, {"type": "array", "items": one} if field.is_repeated else one)

    def _one(self, field: FieldDescriptor) -> Schema:
        if field.enum_type is not None:
            return self.of(field.enum_type)
        if field.message_type is None:
            return dict(_NUMBERS[field.type])
        return dict(_WELL_KNOWN.get(field.message_type.full_name) or self.of(field.message_type))

    def _message(self, kind: Descriptor) -> Schema:
        properties = {field.json_name: self.field(field) for field in kind.fields}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def _enum(self, kind: EnumDescriptor) -> Schema:
        return {"type": "string", "enum": [value.name for value in kind.values]}

    def _described(self, name: str, schema: Schema) -> Schema:
        text = self._comments.get(name)
        return {**schema, "description": text} if text else schema

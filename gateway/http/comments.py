"""What the contracts say in words. Stubs do not have it; protoc does, so this is for those who write files with it."""

import importlib.resources
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

PROTOS = Path(__file__).parents[2] / "protos"

# Numbers of fields in descriptor.proto, which paths of comments are made of: of files, messages, enums, services.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _NESTED, _VALUES, _METHODS = 2, 3, 2, 2


def read_comments(root: Path = PROTOS) -> Mapping[str, str]:
    """By full name of message, field, enum, value and method. Needs grpc_tools, which only developers have."""
    from grpc_tools import protoc

    known = importlib.resources.files("grpc_tools").joinpath("_proto")
    files = sorted(path.relative_to(root).as_posix() for path in (root / "likeness").rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "set")
        told = [f"-I{root}", f"-I{known}", "--include_source_info", f"--descriptor_set_out={made}"]
        if protoc.main(["protoc", *told, *files]):
            raise RuntimeError("protoc does not take the contracts")
        described = FileDescriptorSet.FromString(made.read_bytes())
    return {name: text for file in described.file for name, text in _of_file(file)}


def _of_file(file: FileDescriptorProto) -> Iterable[tuple[str, str]]:
    for location in file.source_code_info.location:
        if location.leading_comments and (name := _name(file, list(location.path))):
            yield f"{file.package}.{name}", " ".join(location.leading_comments.split())


def _name(file: FileDescriptorProto, path: list[int]) -> str:
    """Empty where the comment is of something else."""
    tops: dict[int, Any] = {_MESSAGES: file.message_type, _ENUMS: file.enum_type, _SERVICES: file.service}
    kind, *rest = path
    if kind not in tops or not rest:
        return ""
    top = tops[kind][rest[0]]
    inner: dict[int, Any] = {
        _MESSAGES: {_FIELDS: "field", _NESTED: "nested_type"},
        _ENUMS: {_VALUES: "value"},
        _SERVICES: {_METHODS: "method"},
    }[kind]
    if len(rest) == 1:
        return str(top.name)
    if len(rest) == 3 and rest[1] in inner:
        return f"{top.name}.{getattr(top, inner[rest[1]])[rest[2]].name}"
    return ""

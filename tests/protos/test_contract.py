"""What every contract keeps to, read from the descriptors themselves."""

import keyword
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from likeness.common.v1.chunk_pb2 import Chunk
from likeness.common.v1.reason_pb2 import Reason

import likeness_wire
from likeness_wire.errors import TABLE

PROTOS = Path(likeness_wire.__file__).parents[1] / "protos"
PATHS = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))

# Everything else that is made of bytes is pixels or latents, and those travel in chunks.
BYTES = {
    "likeness.common.v1.Chunk.data",
    "likeness.common.v1.ChunkEnd.sha256",
    "likeness.gateway.v1.DeletionReceipt.signature",
    "likeness.gateway.v1.DeletionReceipt.signed_statement",
    "likeness.gateway.v1.DeletionStatement.previous_sha256",
    "likeness.gateway.v1.ReceiptKey.public_key",
}
PIXELS = {
    *("CreateUpload", "DownloadResult", "DownloadThumbnail", "FindSeed", "WatchJob"),
    *("EchoBlobs", "Embed", "Generate", "Upscale", "Verify"),
}


def _file(path: str) -> FileDescriptor:
    descriptor: FileDescriptor = import_module(path.removesuffix(".proto").replace("/", ".") + "_pb2").DESCRIPTOR
    return descriptor


def _messages(within: FileDescriptor | Descriptor) -> Iterator[Descriptor]:
    nested = within.message_types_by_name if isinstance(within, FileDescriptor) else within.nested_types_by_name
    for message in nested.values():
        yield message
        yield from _messages(message)


def _enums(file: FileDescriptor) -> Iterator[EnumDescriptor]:
    yield from file.enum_types_by_name.values()
    for message in _messages(file):
        yield from message.enum_types


def _carries_chunks(message: Descriptor, seen: frozenset[str] = frozenset()) -> bool:
    inner = [field.message_type for field in message.fields if field.message_type is not None]
    return message is Chunk.DESCRIPTOR or any(
        _carries_chunks(kind, seen | {message.full_name}) for kind in inner if kind.full_name not in seen
    )


FILES = [_file(path) for path in PATHS]
SERVICES = [service for file in FILES for service in file.services_by_name.values()]
METHODS = [method for service in SERVICES for method in service.methods]
FIELDS = [field for file in FILES for message in _messages(file) for field in message.fields]
ENUMS = [enum for file in FILES for enum in _enums(file)]

of_files = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
of_methods = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
of_enums = pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.full_name)


@pytest.fixture(scope="module")
def comments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Comments of RPCs and of enum values, by full name of the RPC, or of the enum with the value's name."""
    out = tmp_path_factory.mktemp("descriptors") / "all.binpb"
    assert protoc.main(["", f"-I{PROTOS}", f"-I{Path(protoc.__file__).parent / '_proto'}", *_into(out), *PATHS]) == 0
    found = {}
    for file in FileDescriptorSet.FromString(out.read_bytes()).file:
        spoken = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for s, service in enumerate(file.service):
            for m, method in enumerate(service.method):
                found[f"{file.package}.{service.name}.{method.name}"] = spoken.get((6, s, 2, m), "")
        for e, enum in enumerate(file.enum_type):
            for v, value in enumerate(enum.value):
                found[f"{file.package}.{enum.name}.{value.name}"] = spoken.get((5, e, 2, v), "")
    return found


def _into(out: Path) -> list[str]:
    return ["--include_source_info", f"--descriptor_set_out={out}"]


@of_files
def test_the_folder_of_a_file_is_its_package(file: FileDescriptor) -> None:
    """So that generated modules are imported by the package's name."""
    assert file.package == str(Path(file.name).parent).replace("/", ".")


@of_files
def test_a_file_with_a_service_is_named_after_it_and_holds_no_other(file: FileDescriptor) -> None:
    """likeness/echo/v1/echo.proto holds EchoService."""
    expected = [f"{Path(file.name).stem.capitalize()}Service"]

    assert list(file.services_by_name) in ([], expected)


def test_every_package_but_the_common_one_has_one_service() -> None:
    """Nothing is left without a way to be called."""
    packages = {file.package for file in FILES} - {"likeness.common.v1"}

    assert sorted(packages) == sorted(service.file.package for service in SERVICES)


@of_methods
def test_an_rpc_has_a_request_and_a_response_of_its_own(method: MethodDescriptor) -> None:
    """So that either can grow a field without another call noticing."""
    expected = (f"{method.name}Request", f"{method.name}Response")

    assert expected == (method.input_type.name, method.output_type.name)
    assert method.input_type.file is method.output_type.file is method.containing_service.file


@of_methods
def test_pixels_only_travel_in_streams(method: MethodDescriptor) -> None:
    """A direction that carries chunks is a stream, and the calls that carry any are the ones we know of."""
    up, down = _carries_chunks(method.input_type), _carries_chunks(method.output_type)

    assert method.client_streaming >= up
    assert method.server_streaming >= down
    assert (up or down) == (method.name in PIXELS)


@of_methods
def test_an_rpc_says_whether_a_retry_is_safe(method: MethodDescriptor, comments: dict[str, str]) -> None:
    """The first thing whoever writes a client has to know."""
    assert re.search(r"\bsafe to retry\b", comments[method.full_name], re.IGNORECASE)


@of_enums
def test_the_zero_of_an_enum_is_unspecified_and_says_what_becomes_of_it(
    enum: EnumDescriptor, comments: dict[str, str]
) -> None:
    """Unset is never a choice: it is refused, never sent, or the absence of anything."""
    zero = enum.values_by_number[0]

    assert zero.name.endswith("_UNSPECIFIED")
    assert re.match(r" (Refused|Never sent|Nothing)", comments[f"{enum.full_name}.{zero.name}"])


@pytest.mark.parametrize("reason", [value for value in Reason.values() if value], ids=Reason.Name)
def test_a_reason_belongs_to_one_class_of_errors(reason: Reason) -> None:
    """Else a client could not tell from the reason how to react."""
    assert len([kind for kind, row in TABLE.items() if reason in row.reasons]) == 1


def test_bytes_are_chunks_keys_or_signatures() -> None:
    """Nothing that could be a picture, an embedding or latents hides in a message."""
    assert BYTES == {field.full_name for field in FIELDS if field.type == FieldDescriptor.TYPE_BYTES}


def test_no_field_is_a_word_of_python() -> None:
    """`event.try` would be a syntax error."""
    assert [] == [field.full_name for field in FIELDS if keyword.iskeyword(field.name)]

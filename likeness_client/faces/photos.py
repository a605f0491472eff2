"""Photos from files, as blobs."""

from collections.abc import Sequence
from pathlib import Path

from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, Kind, Role

from likeness_client.failure import CommandFailed
from likeness_wire.chunks import Blob

_MAGIC = ((b"\xff\xd8\xff", KIND_JPEG), (b"\x89PNG", KIND_PNG), (b"RIFF", KIND_WEBP))


def read(paths: Sequence[Path], role: Role) -> list[Blob]:
    """In order. CommandFailed for what is no file or no photo."""
    return [Blob(role, kind_of(data, path), data, index) for index, (path, data) in enumerate(map(_bytes, paths))]


def kind_of(data: bytes, path: Path) -> Kind:
    """By its own first bytes."""
    if data[4:8] == b"ftyp":
        return KIND_HEIC
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    raise CommandFailed(f"{path.name} is no JPEG, PNG, WebP or HEIC")


def _bytes(path: Path) -> tuple[Path, bytes]:
    try:
        return path, path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}") from None

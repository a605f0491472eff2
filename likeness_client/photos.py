"""Photos as a person has them, a file or bytes, made ready to be sent. What they hold is told by their first bytes."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_HEIC, KIND_JPEG, KIND_PNG, KIND_WEBP, ROLE_PHOTO, Kind

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadPhoto

# A path, or the bytes of a JPEG, PNG, WebP or HEIC.
PhotoSource = str | PathLike[str] | bytes | bytearray | memoryview

_MAGIC = ((b"\xff\xd8\xff", KIND_JPEG), (b"\x89PNG", KIND_PNG))


def blobs(photos: Iterable[PhotoSource]) -> list[Blob]:
    """In order. OSError for a file that cannot be read, BadPhoto for what is no photo."""
    return [_blob(index, data_of(photo)) for index, photo in enumerate(photos)]


def each_of(photos: PhotoSource | Iterable[PhotoSource]) -> Iterator[PhotoSource]:
    """One photo or several, without taking a path or bytes to pieces."""
    if isinstance(photos, str | PathLike | bytes | bytearray | memoryview):
        yield photos
    else:
        yield from photos


def data_of(photo: PhotoSource) -> bytes:
    """Its bytes as they are."""
    return Path(photo).read_bytes() if isinstance(photo, str | PathLike) else bytes(photo)


def _blob(index: int, data: bytes) -> Blob:
    kind = _kind(data)
    if kind is None:
        raise BadPhoto(
            reasons.REASON_UNSUPPORTED_FORMAT, f"photo {index + 1} is no JPEG, PNG, WebP or HEIC", photo=index
        )
    return Blob(ROLE_PHOTO, kind, data, index)


def _kind(data: bytes) -> Kind | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return KIND_WEBP
    if data[4:8] == b"ftyp":
        return KIND_HEIC
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)

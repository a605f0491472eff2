"""Blobs as their sender cuts them."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from google.protobuf.message import Message
from likeness.common.v1.chunk_pb2 import Chunk, ChunkEnd, ChunkHeader

from likeness_wire.chunks.blob import Blob
from likeness_wire.digest import Digest

PIECE_BYTES = 256 * 1024

R = TypeVar("R", bound=Message)


def cut(blob: Blob) -> Iterator[Chunk]:
    """The chunks of a blob. Its digest, if it has none yet, is computed meanwhile: the first byte leaves at once."""
    data = memoryview(blob.data).cast("B")
    yield Chunk(
        header=ChunkHeader(
            role=blob.role,
            kind=blob.kind,
            size_bytes=len(data),
            index=blob.index,
            width=blob.width,
            height=blob.height,
        )
    )
    digest = Digest()
    for start in range(0, len(data), PIECE_BYTES):
        piece = data[start : start + PIECE_BYTES]
        yield Chunk(data=bytes(piece))
        if not blob.sha256:
            digest.update(piece)
    yield Chunk(end=ChunkEnd(sha256=blob.sha256 or digest.value()))


def outgoing(first: R, blobs: Iterable[Blob]) -> Iterator[R]:
    """The messages of a stream: what the call asks, then the blobs."""
    yield first
    for blob in blobs:
        yield from (type(first)(chunk=chunk) for chunk in cut(blob))

"""Blobs in transit: cut into chunks by the sender, checked and put together by the receiver.

A stream that carries pixels begins with what the call asks and goes on with blobs, each a header, its data, its end:

    async for blob in incoming(chunks_of(requests), accept):
        data = await blob.whole()                 # or: async for piece in blob.pieces()

The receiver believes nothing: role, kind, order, size, pace and digest are checked, limits before a byte is read.
"""

import asyncio
import ctypes
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk, ChunkEnd, ChunkHeader, Kind, Role

from likeness_wire.digest import Digest
from likeness_wire.errors import BadPhoto, BadRequest, OutOfTime

PIECE_BYTES = 256 * 1024
# Room for peers that cut differently, far below gRPC's message limit.
_LONGEST_PIECE_BYTES = 1024 * 1024

M = TypeVar("M", bound="CarriesChunk", covariant=True)
R = TypeVar("R", bound=Message)


class CarriesChunk(Protocol):
    """A stream message with a `chunk` field."""

    @property
    def chunk(self) -> Chunk: ...

    def HasField(self, name: str, /) -> bool: ...  # noqa: N802 - protobuf's name


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes with what they are. Lives as long as its call."""

    role: Role
    kind: Kind
    data: bytes | bytearray | memoryview = field(repr=False)
    index: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Accept:
    """What a receiver takes, and how much of it."""

    kinds: Mapping[Role, frozenset[Kind]]
    max_bytes: int
    max_blobs: int
    idle_s: float = 20.0
    # Whether a sender that does not know the size may leave it open, with 0: then the blob's end is its end.
    open_sizes: bool = False


def cut(blob: Blob) -> Iterator[Chunk]:
    """The chunks of a blob. The digest is computed meanwhile, so that the first byte leaves at once."""
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
        digest.update(piece)
    yield Chunk(end=ChunkEnd(sha256=digest.value()))


def outgoing(first: R, blobs: Iterable[Blob]) -> Iterator[R]:
    """The messages of a stream: what the call asks, then the blobs."""
    yield first
    for blob in blobs:
        yield from (type(first)(chunk=chunk) for chunk in cut(blob))


async def chunks_among(messages: AsyncIterable[Message], hear: Callable[[Any], None]) -> AsyncIterator[Chunk]:
    """The chunks of an answer; `hear` gets what else it says, the moment it comes."""
    async for message in messages:
        name = message.WhichOneof("part")
        if name is None:
            continue  # of a newer build
        part = getattr(message, name)
        if isinstance(part, Chunk):
            yield part
        else:
            hear(part)


async def chunks_of(messages: AsyncIterable[M]) -> AsyncIterator[Chunk]:
    """The chunks of stream messages, where nothing but chunks may follow."""
    async for message in messages:
        if not message.HasField("chunk"):
            raise BadRequest(reasons.REASON_STREAM_ORDER, "only chunks may follow here")
        yield message.chunk


async def incoming(chunks: AsyncIterator[Chunk], accept: Accept) -> AsyncIterator["Incoming"]:
    """The blobs of a stream as they begin. Each has to be read to its end before the next one is asked for."""
    source = _paced(chunks, accept.idle_s)
    counts: dict[Role, int] = {}
    async for chunk in source:
        header = _checked(chunk, accept, counts)
        blob = Incoming(header, source, accept.max_bytes)
        yield blob
        if not blob.finished:
            raise RuntimeError("the blob before was not read to its end")


class Incoming:
    """A blob that is arriving. `size_bytes` is 0 where it was left open."""

    def __init__(self, header: ChunkHeader, source: AsyncIterator[Chunk], max_bytes: int) -> None:
        self.role = header.role
        self.kind = header.kind
        self.size_bytes = header.size_bytes
        self.index = header.index
        self.width = header.width
        self.height = header.height
        self.finished = False
        self._source = source
        self._max_bytes = max_bytes

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come. Nothing may be trusted before the last piece has come without an error."""
        digest, received = Digest(), 0
        async for chunk in self._source:
            part = chunk.WhichOneof("part")
            if part == "end":
                self._check_end(chunk.end, received, digest.value())
                self.finished = True
                return
            piece = chunk.data  # protobuf copies at every look
            if part != "data" or not 0 < len(piece) <= _LONGEST_PIECE_BYTES:
                raise BadRequest(
                    reasons.REASON_STREAM_ORDER, "expected 1 byte to 1 MiB of data, or the end of the blob"
                )
            received += len(piece)
            self._check_room(received)
            digest.update(piece)
            yield piece
        raise self._wrong_size("only", received)

    async def whole(self) -> Blob:
        """All its bytes, checked."""
        data, filled = _room(self.size_bytes or self._max_bytes), 0
        async for piece in self.pieces():
            data[filled : filled + len(piece)] = piece
            filled += len(piece)
        del data[filled:]
        return Blob(self.role, self.kind, data, self.index, self.width, self.height)

    def _check_room(self, received: int) -> None:
        if not self.size_bytes and received > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self.size_bytes and received > self.size_bytes:
            raise self._wrong_size("more than", received)

    def _check_end(self, end: ChunkEnd, received: int, digest: bytes) -> None:
        if not received:
            raise _empty()
        if self.size_bytes and received != self.size_bytes:
            raise self._wrong_size("only", received)
        if end.sha256 != digest:
            raise BadRequest(
                reasons.REASON_DIGEST_MISMATCH, "the bytes are not the ones that were sent; send them again"
            )

    def _wrong_size(self, how: str, received: int) -> BadRequest:
        return BadRequest(
            reasons.REASON_SIZE_MISMATCH,
            f"{self.size_bytes} bytes were announced, {how} {received} came",
            announced=self.size_bytes,
            received=received,
        )


def _room(size: int) -> bytearray:
    """Memory as it comes: clearing 64 MiB, or moving it while it grows, would hold the event loop for 10 to 20 ms."""
    room = bytearray()
    ctypes.pythonapi.PyByteArray_Resize(ctypes.py_object(room), ctypes.c_ssize_t(size))
    return room


def _checked(chunk: Chunk, accept: Accept, counts: dict[Role, int]) -> ChunkHeader:
    if chunk.WhichOneof("part") != "header":
        raise BadRequest(reasons.REASON_STREAM_ORDER, "expected the header of a blob")
    header = chunk.header
    kinds = accept.kinds.get(header.role)
    if kinds is None:
        raise BadRequest(reasons.REASON_INVALID_FIELD, "this call takes no blob of that role", role=header.role)
    if header.kind not in kinds:
        raise BadPhoto(reasons.REASON_UNSUPPORTED_FORMAT, "this call does not take that kind of image")
    if header.index != counts.get(header.role, 0):
        raise BadRequest(
            reasons.REASON_STREAM_ORDER, f"expected index {counts.get(header.role, 0)}, got {header.index}"
        )
    counts[header.role] = header.index + 1
    if sum(counts.values()) > accept.max_blobs:
        raise BadRequest(reasons.REASON_INVALID_FIELD, f"at most {accept.max_blobs} images", limit=accept.max_blobs)
    _check_size(header, accept)
    return header


def _check_size(header: ChunkHeader, accept: Accept) -> None:
    if header.size_bytes == 0 and not accept.open_sizes:
        raise _empty()
    if header.size_bytes > accept.max_bytes:
        raise _too_large(accept.max_bytes)
    if not _adds_up(header):
        raise BadRequest(reasons.REASON_SIZE_MISMATCH, "the size announced is not what width and height come to")


def _empty() -> BadPhoto:
    return BadPhoto(reasons.REASON_CORRUPT, "the image is empty")


def _too_large(max_bytes: int) -> BadPhoto:
    return BadPhoto(reasons.REASON_TOO_LARGE, f"at most {max_bytes} bytes an image", limit_bytes=max_bytes)


def _adds_up(header: ChunkHeader) -> bool:
    area = header.width * header.height
    match header.kind:
        case Kind.KIND_RGB8:
            return header.size_bytes == 3 * area
        case Kind.KIND_F32:
            return area > 0 and header.size_bytes % (4 * area) == 0
    return True


async def _paced(chunks: AsyncIterator[Chunk], idle_s: float) -> AsyncIterator[Chunk]:
    """The same chunks, unless the sender falls silent: a stalled stream must not hold memory for ever."""
    iterator = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise OutOfTime(reasons.REASON_STREAM_STALLED, f"nothing came for {idle_s:g} s") from None
        yield chunk

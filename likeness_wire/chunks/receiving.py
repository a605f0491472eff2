"""Blobs as they arrive: nothing about them is believed, and none of it held for a sender that has fallen silent."""

import asyncio
import ctypes
from collections.abc import AsyncIterator

from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk, ChunkEnd, ChunkHeader, Role

from likeness_wire.chunks.accept import Accept, checked, empty, too_large
from likeness_wire.chunks.blob import Blob
from likeness_wire.digest import Digest
from likeness_wire.errors import BadRequest, OutOfTime

# Room for peers that cut differently, far below gRPC's message limit.
_LONGEST_PIECE_BYTES = 1024 * 1024


async def incoming(chunks: AsyncIterator[Chunk], accept: Accept) -> AsyncIterator["Incoming"]:
    """The blobs of a stream as they begin. Each has to be read to its end before the next one is asked for."""
    source = _paced(chunks, accept.idle_s)
    counts: dict[Role, int] = {}
    async for chunk in source:
        header = checked(chunk, accept, counts)
        blob = Incoming(header, source, accept.max_bytes)
        yield blob
        if not blob.finished:
            raise RuntimeError("the blob before was not read to its end")


class Incoming:
    """A blob that is arriving. `size_bytes` is 0 where it was left open; `sha256` is known once it is finished."""

    def __init__(self, header: ChunkHeader, source: AsyncIterator[Chunk], max_bytes: int) -> None:
        self.role = header.role
        self.kind = header.kind
        self.size_bytes = header.size_bytes
        self.index = header.index
        self.width = header.width
        self.height = header.height
        self.finished = False
        self.sha256 = b""
        self._source = source
        self._max_bytes = max_bytes

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come. Nothing may be trusted before the last piece has come without an error."""
        digest, received = Digest(), 0
        async for chunk in self._source:
            part = chunk.WhichOneof("part")
            if part == "end":
                self._check_end(chunk.end, received, digest.value())
                self.sha256, self.finished = chunk.end.sha256, True
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
        return Blob(self.role, self.kind, data, self.index, self.width, self.height, self.sha256)

    def _check_room(self, received: int) -> None:
        if not self.size_bytes and received > self._max_bytes:
            raise too_large(self._max_bytes)
        if self.size_bytes and received > self.size_bytes:
            raise self._wrong_size("more than", received)

    def _check_end(self, end: ChunkEnd, received: int, digest: bytes) -> None:
        if not received:
            raise empty()
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

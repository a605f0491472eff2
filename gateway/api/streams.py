"""Blobs on their way out, piece by piece as they are read: no more of them is in memory than is on its way."""

from collections.abc import AsyncIterable, AsyncIterator

from likeness.common.v1.chunk_pb2 import Chunk, ChunkEnd, ChunkHeader

from likeness_wire.digest import Digest


async def chunks(header: ChunkHeader, pieces: AsyncIterable[bytes]) -> AsyncIterator[Chunk]:
    """As `likeness_wire.chunks.cut`, of bytes that are not all there yet."""
    yield Chunk(header=header)
    digest = Digest()
    async for piece in pieces:
        yield Chunk(data=piece)
        digest.update(piece)
    yield Chunk(end=ChunkEnd(sha256=digest.value()))

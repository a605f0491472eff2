"""Previews that come in the midst of a stream, each announced by the message before it."""

from collections.abc import AsyncIterator
from typing import Any

from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PREVIEW, Chunk

from likeness_client.dropped import lost
from likeness_wire.chunks import Accept, incoming

_IDLE_S = 60.0
_ACCEPT = Accept({ROLE_PREVIEW: frozenset({KIND_JPEG})}, max_bytes=4 << 20, max_blobs=1, idle_s=_IDLE_S)


async def look(messages: AsyncIterator[Any]) -> bytes:
    """The JPEG whose chunks come next; what follows it is left for others to read."""
    async for blob in incoming(_until_end(messages), _ACCEPT):
        data = bytes((await blob.whole()).data)
        break
    else:
        raise lost("a preview was announced and did not come")
    return data


async def _until_end(messages: AsyncIterator[Any]) -> AsyncIterator[Chunk]:
    async for message in messages:
        part = message.chunk.WhichOneof("part")
        if part == "header":
            message.chunk.header.index = 0  # its number among all looks of the stream; here it is the only one
        yield message.chunk
        if part == "end":
            return

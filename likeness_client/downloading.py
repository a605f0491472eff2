"""Bringing results here, range by range. No byte is believed before the digest of its range was right."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from io import BufferedWriter
from pathlib import Path
from typing import Any

from grpc.aio import AioRpcError
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import (
    KIND_JPEG,
    KIND_PNG,
    KIND_WEBP,
    ROLE_PICTURE,
    ROLE_PREVIEW,
    Chunk,
    Kind,
    Role,
)
from likeness.gateway.v1 import gateway_pb2, result_pb2

from likeness_client.connection import Connection, ended
from likeness_client.dropped import lost, understood
from likeness_wire.chunks import Accept, incoming
from likeness_wire.errors import Internal, LikenessError
from likeness_wire.resend import wait_or_raise

# What is lost at most when a connection breaks, and what is held in memory.
RANGE_BYTES = 4 * 1024 * 1024

_RANGE_TIMEOUT_S = 120.0
_IDLE_S = 30.0
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
_PICTURES: frozenset[Kind] = frozenset({KIND_JPEG, KIND_PNG, KIND_WEBP})


async def ranges(connection: Connection, name: str, range_bytes: int = RANGE_BYTES) -> AsyncIterator[bytes]:
    """A result, piece by piece, each of them checked."""
    offset, size = 0, 1
    while offset < size:
        facts, data = await _range(connection, name, offset, range_bytes)
        yield data
        offset, size = offset + len(data), facts.result.size_bytes


async def thumbnail(connection: Connection, name: str) -> bytes:
    """The small JPEG of a result or a try."""
    request = gateway_pb2.DownloadThumbnailRequest(name=name)
    _, data = await _persistently(connection, connection.stub.DownloadThumbnail, request, ROLE_PREVIEW, RANGE_BYTES)
    return data


def target(to: Path, file_name: str) -> Path:
    """A file where it is named as a picture; otherwise one of that name in a folder, which is made."""
    if to.suffix.lower() in _SUFFIXES and not to.is_dir():
        return to
    to.mkdir(parents=True, exist_ok=True)
    return to / file_name


async def write(pieces: AsyncIterator[bytes], target: Path) -> None:
    """The whole file or none: what was there before stays until everything has come."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with await asyncio.to_thread(part.open, "xb") as file:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_settle, file)
        await asyncio.to_thread(part.replace, target)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _range(connection: Connection, name: str, offset: int, length: int) -> tuple[result_pb2.DownloadFacts, bytes]:
    request = gateway_pb2.DownloadResultRequest(name=name, offset=offset, length=length)
    facts, data = await _persistently(connection, connection.stub.DownloadResult, request, ROLE_PICTURE, length)
    if facts.offset != offset or not data:
        raise Internal(reasons.REASON_INTERNAL, "the server sent another part than was asked for")
    return facts, data


async def _persistently(
    connection: Connection, rpc: Any, request: Any, role: Role, most: int
) -> tuple[result_pb2.DownloadFacts, bytes]:
    """What comes of a call that is made again until its bytes are all here and right."""
    accept = Accept({role: _PICTURES}, max_bytes=most, max_blobs=1, idle_s=_IDLE_S)
    attempt = 0
    while True:
        attempt += 1
        try:
            return await _once(connection, rpc, request, accept)
        except (AioRpcError, LikenessError) as failure:
            await wait_or_raise(understood(failure), attempt, connection.patience)


async def _once(
    connection: Connection, rpc: Any, request: Any, accept: Accept
) -> tuple[result_pb2.DownloadFacts, bytes]:
    facts, data = result_pb2.DownloadFacts(), None

    async def chunks(messages: AsyncIterator[Any]) -> AsyncIterator[Chunk]:
        async for message in messages:
            if message.HasField("chunk"):
                yield message.chunk
            else:
                facts.CopyFrom(message.facts)

    async with ended(connection.stream(rpc, request, _RANGE_TIMEOUT_S)) as messages:
        async for blob in incoming(chunks(messages), accept):
            data = bytes((await blob.whole()).data)
    if data is None:
        raise lost("it ended before a byte had come")
    return facts, data


def _settle(file: BufferedWriter) -> None:
    """So that the name never stands for a file whose bytes a power cut has taken."""
    file.flush()
    os.fsync(file.fileno())

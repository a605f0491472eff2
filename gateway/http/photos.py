"""Photos on their way in: a body that is one, or a form of several, as the stream that the contract wants."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from likeness.common.v1.chunk_pb2 import KIND_UNSPECIFIED, ROLE_PHOTO, Chunk, ChunkEnd, ChunkHeader
from starlette.requests import Request

from gateway.api.photos import of_photo
from gateway.api.refusals import invalid
from gateway.http.bodies import pieces
from gateway.http.forms import Part, boundary_of, media_type_of, parts
from gateway.http.kinds import KINDS
from gateway.http.messages import Tree, message_of, tree_of
from gateway.http.refusals import not_this_type, too_large
from likeness_wire.chunks import PIECE_BYTES
from likeness_wire.chunks.accept import empty
from likeness_wire.digest import Digest
from services.common.images.sniff import sniff

# Enough to tell a kind by.
_START_BYTES = 256
_SPEC_BYTES = 64 * 1024
# What does not say what it is, the bytes say themselves.
_UNNAMED = frozenset({"", "application/octet-stream"})
_TYPES = "image/jpeg, image/png, image/webp, image/heic or multipart/form-data"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a whole body, and of the pauses of who sends it."""

    body_bytes: int
    silence_s: float


async def photo_messages(request: Request, asked: Tree, kind: type[Message], limits: Limits) -> AsyncIterator[Message]:
    """`asked`: the first message as path and query have it."""
    asked = {"spec": {}, **asked}  # it comes first, though there may be nothing in it
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.body_bytes:
        raise too_large(limits.body_bytes)
    content_type = request.headers.get("content-type", "")
    media_type = media_type_of(content_type)
    body = _bounded(pieces(request, limits.silence_s), limits.body_bytes)
    if media_type == "multipart/form-data":
        async for message in _of_form(parts(boundary_of(content_type), body), asked, kind):
            yield message
        return
    if media_type not in KINDS and media_type not in _UNNAMED:
        raise not_this_type(_TYPES)
    yield message_of(asked, kind)
    size = int(length) if length.isdecimal() else 0
    async for chunk in _chunks(body, media_type, 0, size):
        yield _with(kind, chunk)


async def _of_form(form: AsyncIterator[Part], asked: Tree, kind: type[Message]) -> AsyncIterator[Message]:
    """Parts named as a field of the first message come before the photos; whatever the others are named, they are
    photos.
    """
    begun, index = False, 0
    async for part in form:
        if not begun and part.name == "spec":
            asked = _joined(asked, tree_of(await _small(part)))
            continue
        if part.media_type not in KINDS and part.media_type not in _UNNAMED:
            raise not_this_type(_TYPES)
        if not begun:
            yield message_of(asked, kind)
            begun = True
        async for chunk in _chunks(part.pieces, part.media_type, index, 0):
            yield _with(kind, chunk)
        index += 1
    if not begun:
        yield message_of(asked, kind)


async def _chunks(coming: AsyncIterator[bytes], media_type: str, index: int, size: int) -> AsyncIterator[Chunk]:
    """Of a photo. A size of 0: nobody has said."""
    start = bytearray()
    async for piece in coming:
        start += piece
        if len(start) >= _START_BYTES:
            break
    with of_photo(index):
        if not start:
            raise empty()
        kind = KINDS.get(media_type, KIND_UNSPECIFIED) or sniff(start)
    yield Chunk(header=ChunkHeader(role=ROLE_PHOTO, kind=kind, size_bytes=size, index=index))
    digest = Digest()
    for data in _cut(bytes(start)):
        digest.update(data)
        yield Chunk(data=data)
    async for piece in coming:
        for data in _cut(piece):
            digest.update(data)
            yield Chunk(data=data)
    yield Chunk(end=ChunkEnd(sha256=digest.value()))


def _cut(piece: bytes) -> list[bytes]:
    return [piece[start : start + PIECE_BYTES] for start in range(0, len(piece), PIECE_BYTES)]


def _joined(asked: Tree, spec: Tree) -> Tree:
    said = asked.get("spec", {})
    for name in spec.keys() & said.keys():
        if spec[name] != said[name]:
            raise invalid(f"spec.{name}", "said twice, and not the same")
    return {**asked, "spec": {**spec, **said}}


async def _small(part: Part) -> bytes:
    found = bytearray()
    async for piece in part.pieces:
        found += piece
        if len(found) > _SPEC_BYTES:
            raise too_large(_SPEC_BYTES)
    return bytes(found)


async def _bounded(coming: AsyncIterator[bytes], limit_bytes: int) -> AsyncIterator[bytes]:
    come = 0
    async for piece in coming:
        come += len(piece)
        if come > limit_bytes:
            raise too_large(limit_bytes)
        yield piece


def _with(kind: type[Message], chunk: Chunk) -> Any:
    return kind(chunk=chunk)

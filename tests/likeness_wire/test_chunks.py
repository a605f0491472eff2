"""Blobs in transit, and everything a sender can do wrong."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Chunk, ChunkEnd, ChunkHeader, Kind, Role

from likeness_wire.chunks import PIECE_BYTES, Accept, Blob, cut, incoming
from likeness_wire.errors import LikenessError

KINDS = frozenset({Kind.KIND_JPEG, Kind.KIND_RGB8, Kind.KIND_F32})
ACCEPT = Accept({Role.ROLE_PHOTO: KINDS}, max_bytes=3 * PIECE_BYTES, max_blobs=2)
PHOTO = Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, b"abc" * 7)


async def _stream(chunks: Iterable[Chunk]) -> AsyncIterator[Chunk]:
    for chunk in chunks:
        yield chunk


async def _received(chunks: Iterable[Chunk], accept: Accept = ACCEPT) -> list[Blob]:
    return [await blob.whole() async for blob in incoming(_stream(chunks), accept)]


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(1, 3 * PIECE_BYTES), min_size=1, max_size=2))
async def test_blobs_arrive_as_they_were_sent(sizes: list[int]) -> None:
    """Any sizes, several blobs: the same bytes in the same order."""
    blobs = [replace(PHOTO, data=bytes([n]) * size, index=n) for n, size in enumerate(sizes)]

    received = await _received(chunk for blob in blobs for chunk in cut(blob))

    assert [bytes(blob.data) for blob in blobs] == [bytes(blob.data) for blob in received]


async def test_a_blob_that_is_sent_on_keeps_the_digest_it_came_with() -> None:
    """So that what happens to the bytes in between is noticed at the far end."""
    (received,) = await _received(cut(PHOTO))
    assert list(cut(received)) == list(cut(PHOTO))

    with pytest.raises(LikenessError) as refused:
        await _received(cut(replace(received, data=b"abd" * 7)))
    assert reasons.REASON_DIGEST_MISMATCH == refused.value.reason


def _header(**changes: int) -> Chunk:
    facts = {"role": Role.ROLE_PHOTO, "kind": Kind.KIND_JPEG, "size_bytes": 4} | changes
    return Chunk(header=ChunkHeader(**facts))  # type: ignore[arg-type]


OPEN = replace(ACCEPT, open_sizes=True)


def _open(data: bytes, index: int = 0) -> list[Chunk]:
    """The chunks of a blob whose size its sender does not know."""
    header, *rest = cut(replace(PHOTO, data=data, index=index))
    header.header.size_bytes = 0
    return [header, *rest]


async def test_a_size_may_be_left_open() -> None:
    """Where the receiver says so: the end is the end then."""
    first, second = await _received([*_open(b"a" * (PIECE_BYTES + 1)), *_open(b"b", 1)], OPEN)

    assert (b"a" * (PIECE_BYTES + 1), b"b") == (bytes(first.data), bytes(second.data))


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        (_open(b"a" * (3 * PIECE_BYTES + 1)), reasons.REASON_TOO_LARGE),
        ([_open(b"a")[0], Chunk(end=ChunkEnd())], reasons.REASON_CORRUPT),
        (_open(b"a")[:-1], reasons.REASON_SIZE_MISMATCH),
    ],
)
async def test_an_open_size_has_limits_too(chunks: list[Chunk], reason: int) -> None:
    """As many bytes as any blob may have, at least one, and an end."""
    with pytest.raises(LikenessError) as refused:
        await _received(chunks, OPEN)

    assert reason == refused.value.reason


def _said_to_be(kind: Kind, width: int, height: int) -> list[Chunk]:
    """Four bytes that are whole, but for what their header says they are."""
    return list(cut(Blob(Role.ROLE_PHOTO, kind, b"1234", 0, width, height)))


_END = Chunk(end=ChunkEnd(sha256=b"\0" * 32))
_WRONG = {
    "data before a header": ([Chunk(data=b"x")], reasons.REASON_STREAM_ORDER),
    "an empty chunk": ([Chunk()], reasons.REASON_STREAM_ORDER),
    "a role this call does not take": ([_header(role=Role.ROLE_INIT)], reasons.REASON_INVALID_FIELD),
    "no role": ([_header(role=0)], reasons.REASON_INVALID_FIELD),
    "a kind this call does not take": ([_header(kind=Kind.KIND_PNG)], reasons.REASON_UNSUPPORTED_FORMAT),
    "no bytes": ([_header(size_bytes=0)], reasons.REASON_CORRUPT),
    "too many bytes": ([_header(size_bytes=3 * PIECE_BYTES + 1)], reasons.REASON_TOO_LARGE),
    "an index out of order": ([_header(index=1)], reasons.REASON_STREAM_ORDER),
    "raw pixels of another size": (_said_to_be(Kind.KIND_RGB8, 2, 2), reasons.REASON_SIZE_MISMATCH),
    "planes of another size": (_said_to_be(Kind.KIND_F32, 2, 2), reasons.REASON_SIZE_MISMATCH),
    "planes that do not come out even": (
        list(cut(Blob(Role.ROLE_PHOTO, Kind.KIND_F32, bytes(20), 0, 2, 2))),
        reasons.REASON_SIZE_MISMATCH,
    ),
    "planes without a size": (_said_to_be(Kind.KIND_F32, 0, 0), reasons.REASON_SIZE_MISMATCH),
    "a header within a blob": ([_header(), _header(index=1)], reasons.REASON_STREAM_ORDER),
    "an empty piece": ([_header(), Chunk(data=b"")], reasons.REASON_STREAM_ORDER),
    "a piece that is too long": (
        [_header(size_bytes=2 * PIECE_BYTES), Chunk(data=bytes(2**20 + 1))],
        reasons.REASON_STREAM_ORDER,
    ),
    "more bytes than announced": ([_header(), Chunk(data=b"12345")], reasons.REASON_SIZE_MISMATCH),
    "fewer bytes than announced": ([_header(), Chunk(data=b"123"), _END], reasons.REASON_SIZE_MISMATCH),
    "a stream that breaks off": ([_header(), Chunk(data=b"123")], reasons.REASON_SIZE_MISMATCH),
    "another digest": ([_header(), Chunk(data=b"1234"), _END], reasons.REASON_DIGEST_MISMATCH),
    "one blob too many": (
        [chunk for n in range(3) for chunk in cut(replace(PHOTO, index=n))],
        reasons.REASON_INVALID_FIELD,
    ),
}


@pytest.mark.parametrize(("chunks", "reason"), _WRONG.values(), ids=_WRONG)
async def test_a_sender_that_lies_is_refused_with_the_reason(chunks: list[Chunk], reason: int) -> None:
    """Each broken rule has its own reason."""
    with pytest.raises(LikenessError) as caught:
        await _received(chunks)

    assert reason == caught.value.reason


@pytest.mark.parametrize(
    ("kind", "size"),
    [(Kind.KIND_RGB8, 3 * 3 * 2), (Kind.KIND_F32, 4 * 3 * 2), (Kind.KIND_F32, 4 * 5 * 3 * 2), (Kind.KIND_JPEG, 7)],
)
async def test_what_adds_up_arrives(kind: Kind, size: int) -> None:
    """Three bytes a pixel, four a number in any number of planes; files may be as large as they like."""
    blob = Blob(Role.ROLE_PHOTO, kind, bytes(size), 0, width=3, height=2)
    (received,) = await _received(cut(blob))

    assert (kind, 3, 2, size) == (received.kind, received.width, received.height, len(received.data))


@given(st.lists(st.builds(Chunk, data=st.binary(max_size=9)) | st.binary(max_size=40).map(lambda b: _parsed(b))))
async def test_arbitrary_chunks_never_break_the_reader(chunks: list[Chunk]) -> None:
    """Whatever comes is either blobs or a typed error."""
    try:
        await _received(chunks)
    except LikenessError as error:
        assert error.reason


async def test_a_silent_sender_is_cut_off() -> None:
    """A stream that pauses too long ends with STREAM_STALLED instead of holding memory."""

    async def silent() -> AsyncIterator[Chunk]:
        yield _header()
        await asyncio.Event().wait()

    with pytest.raises(LikenessError) as caught:
        async for blob in incoming(silent(), replace(ACCEPT, idle_s=0.01)):
            await blob.whole()

    assert reasons.REASON_STREAM_STALLED == caught.value.reason


def _parsed(data: bytes) -> Chunk:
    try:
        return Chunk.FromString(data)
    except Exception:
        return Chunk()

"""Ciphertext opens as what it was sealed as, whole or in part, and as nothing else."""

import io
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from likeness.common.v1 import reason_pb2 as reasons
from tink import TinkError, proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import common_pb2, tink_pb2
from tink.proto.aes_gcm_hkdf_streaming_pb2 import AesGcmHkdfStreamingKey, AesGcmHkdfStreamingParams

from gateway.storage.directory import DirectoryStore
from gateway.storage.sealing import (
    HEADER_BYTES,
    KEY_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    Binding,
    DataKey,
    Sealing,
    sealed_size,
)
from gateway.storage.segments import Opening, does_not_open
from gateway.storage.store import Source
from likeness_wire.errors import Internal, Unavailable

AWAY = Unavailable(reasons.REASON_PEER_UNAVAILABLE, "the store is away")
KEY = DataKey(secrets.token_bytes(32))
BINDING = Binding("tenant", "owner", "photo", 0, 1_800_000_000_000)
FIRST_SEGMENT = SEGMENT_BYTES - TAG_BYTES - HEADER_BYTES
# Around every edge of the format, and well beyond.
SIZES = (1, FIRST_SEGMENT - 1, FIRST_SEGMENT, FIRST_SEGMENT + 1, FIRST_SEGMENT + SEGMENT_BYTES - TAG_BYTES, 900_000)

Opener = Callable[[bytes, DataKey, Binding, int], bytes]


class Memory:
    """A store's ends in memory."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.committed = False
        self._at = 0

    def write(self, piece: bytes | memoryview) -> None:
        self.content += piece

    def commit(self) -> None:
        self.committed = True

    def abort(self) -> None:
        self.content.clear()

    def read(self, size: int = -1, /) -> bytes:
        piece = bytes(self.content[self._at :] if size < 0 else self.content[self._at : self._at + size])
        self._at += len(piece)
        return piece

    def close(self) -> None:
        pass


def sealed(plain: bytes, key: DataKey = KEY, binding: Binding = BINDING) -> bytes:
    sink = Memory()
    sealing = Sealing(sink, key, binding)
    for start in range(0, len(plain), 60_000):
        sealing.write(plain[start : start + 60_000])
    sealing.commit()
    assert sink.committed
    return bytes(sink.content)


def by_tink(ciphertext: bytes, key: DataKey = KEY, binding: Binding = BINDING, size: int = 0) -> bytes:
    """What Tink itself makes of it, with its own keyset: the measure of our reader."""
    params = AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT_BYTES, derived_key_size=KEY_BYTES, hkdf_hash_type=common_pb2.SHA256
    )
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=AesGcmHkdfStreamingKey(key_value=key.secret, params=params).SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    only = tink_pb2.Keyset.Key(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[only]).SerializeToString()
    primitive = proto_keyset_format.parse(keyset, secret_key_access.TOKEN).primitive(streaming_aead.StreamingAead)
    try:
        with primitive.new_decrypting_stream(io.BytesIO(ciphertext), binding.associated_data()) as stream:
            return bytes(stream.read())
    except TinkError:
        raise does_not_open() from None


def part(ciphertext: bytes, key: DataKey, binding: Binding, start: int, length: int, size: int) -> bytes:
    def fetch(offset: int, count: int) -> Source:
        return Memory(ciphertext[offset : offset + count])

    return drained(Opening(fetch, key, binding, size, start, length))


def by_us(ciphertext: bytes, key: DataKey = KEY, binding: Binding = BINDING, size: int = 0) -> bytes:
    """Everything."""
    return part(ciphertext, key, binding, 0, size, size)


def drained(source: Source) -> bytes:
    content = b""
    while piece := source.read(50_000):
        content += piece
    return content


LONG = secrets.token_bytes(900_000)
SEALED_LONG = sealed(LONG)

both_readers = pytest.mark.parametrize("opened", [by_us, by_tink])


@both_readers
@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens(opened: Opener, size: int) -> None:
    """At every edge of a segment, by Tink's reader and by ours."""
    plain = os.urandom(size)
    ciphertext = sealed(plain)

    assert len(ciphertext) == sealed_size(size)
    assert plain == opened(ciphertext, KEY, BINDING, size)


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_any_range_opens_as_that_part(data: some.DataObject) -> None:
    """Our reader of Tink's format agrees with what went in, wherever it starts and ends."""
    start = data.draw(some.integers(0, len(LONG) - 1))
    length = data.draw(some.integers(1, len(LONG) - start))

    assert LONG[start : start + length] == part(SEALED_LONG, KEY, BINDING, start, length, len(LONG))


@both_readers
@pytest.mark.parametrize(
    "other",
    [
        replace(BINDING, tenant="another"),
        replace(BINDING, owner="another"),
        replace(BINDING, kind="result"),
        replace(BINDING, index=1),
        replace(BINDING, hard_expire_time=BINDING.hard_expire_time + 1),
        # The same characters, cut elsewhere.
        replace(BINDING, tenant="tenanto", owner="wner"),
    ],
)
def test_as_anything_else_it_does_not_open(opened: Opener, other: Binding) -> None:
    """Neither under another name nor with another deadline."""
    with pytest.raises(Internal, match="is not what was stored"):
        opened(sealed(b"a face"), KEY, other, 6)


@both_readers
def test_with_another_key_it_does_not_open(opened: Opener) -> None:
    """Every holding has its own."""
    with pytest.raises(Internal):
        opened(sealed(b"a face"), DataKey(secrets.token_bytes(32)), BINDING, 6)


@both_readers
@settings(max_examples=60, deadline=None)
@given(place=some.integers(0, len(SEALED_LONG) - 1), bit=some.integers(0, 7))
def test_edited_it_does_not_open(opened: Opener, place: int, bit: int) -> None:
    """Any single bit, in the header too."""
    edited = bytearray(SEALED_LONG)
    edited[place] ^= 1 << bit
    with pytest.raises(Internal):
        opened(bytes(edited), KEY, BINDING, len(LONG))


@both_readers
@pytest.mark.parametrize("kept", [0, 1, HEADER_BYTES, SEGMENT_BYTES, 2 * SEGMENT_BYTES, len(SEALED_LONG) - 1])
def test_truncated_it_does_not_open(opened: Opener, kept: int) -> None:
    """Also not where a segment ends: the last one says that it is."""
    with pytest.raises(Internal):
        opened(SEALED_LONG[:kept], KEY, BINDING, len(LONG))


@both_readers
def test_with_segments_exchanged_it_does_not_open(opened: Opener) -> None:
    """Each is bound to its place."""
    first, second = SEALED_LONG[SEGMENT_BYTES : 2 * SEGMENT_BYTES], SEALED_LONG[2 * SEGMENT_BYTES : 3 * SEGMENT_BYTES]
    exchanged = SEALED_LONG[:SEGMENT_BYTES] + second + first + SEALED_LONG[3 * SEGMENT_BYTES :]
    with pytest.raises(Internal):
        opened(exchanged, KEY, BINDING, len(LONG))


def test_a_wrong_size_in_the_ledger_shows() -> None:
    """A range that the ledger takes for the end has to be the end."""
    shorter = FIRST_SEGMENT + SEGMENT_BYTES - TAG_BYTES
    with pytest.raises(Internal):
        part(SEALED_LONG, KEY, BINDING, shorter - 10, 10, shorter)


def test_two_seals_of_the_same_are_different() -> None:
    """A fresh salt each time: equal photos cannot be told."""
    assert sealed(b"a face") != sealed(b"a face")


def test_a_range_reads_only_what_it_needs() -> None:
    """The header and one segment, for the last byte of a long object."""
    asked: list[tuple[int, int]] = []

    def fetch(offset: int, count: int) -> Source:
        asked.append((offset, count))
        return Memory(SEALED_LONG[offset : offset + count])

    assert drained(Opening(fetch, KEY, BINDING, len(LONG), len(LONG) - 1, 1)) == LONG[-1:]
    assert sum(count for _, count in asked) <= HEADER_BYTES + SEGMENT_BYTES


def test_a_whole_object_is_one_request() -> None:
    """Of a store across the network."""
    asked: list[tuple[int, int]] = []

    def fetch(offset: int, count: int) -> Source:
        asked.append((offset, count))
        return Memory(SEALED_LONG[offset : offset + count])

    assert drained(Opening(fetch, KEY, BINDING, len(LONG), 0, len(LONG))) == LONG
    assert asked == [(0, len(SEALED_LONG))]


@pytest.mark.parametrize(("start", "length"), [(-1, 5), (0, 0), (0, len(LONG) + 1), (len(LONG), 1)])
def test_a_range_outside_of_the_object_is_refused(start: int, length: int) -> None:
    """Before anything is fetched."""
    with pytest.raises(ValueError, match="outside"):
        part(SEALED_LONG, KEY, BINDING, start, length, len(LONG))


def test_the_stores_errors_come_out_as_they_went_in() -> None:
    """Not as Tink's, whose text is a stack trace."""

    class Broken(Memory):
        def write(self, piece: bytes | memoryview) -> None:
            raise AWAY

        def read(self, size: int = -1, /) -> bytes:
            raise AWAY

    sealing = Sealing(Broken(), KEY, BINDING)
    with pytest.raises(Unavailable, match="the store is away"):
        sealing.write(bytes(300_000))
        sealing.commit()
    sealing.abort()
    with pytest.raises(Unavailable, match="the store is away"):
        Opening(lambda start, length: Broken(), KEY, BINDING, 10, 0, 10)


def test_an_aborted_seal_leaves_nothing(tmp_path: Path) -> None:
    """Even when the cipher's stream is closed later, by the garbage collector."""
    store = DirectoryStore(tmp_path)
    sealing = Sealing(store.create("a/b", sealed_size(100_000)), KEY, BINDING)
    sealing.write(bytes(90_000))
    sealing.abort()
    del sealing

    assert list(store.list()) == []


def test_a_key_does_not_show_itself() -> None:
    """Not in a log, not in an assertion."""
    assert "secret" not in repr(KEY)
    assert KEY.secret.hex() not in repr(KEY)

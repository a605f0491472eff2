"""Ciphertext in and out: AES-256-GCM-HKDF streaming from Tink, one data key per holding.

What a ciphertext is, is bound into it: tenant, owner, kind, index and the hard deadline. Swapped, edited, re-dated or
truncated, it does not open.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from likeness.common.v1 import reason_pb2 as reasons
from tink import TinkError, proto_keyset_format, secret_key_access, streaming_aead  # type: ignore[import-untyped]
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2  # type: ignore[import-untyped]

from gateway.storage.store import Sink, Source
from likeness_wire.errors import Internal

KEY_BYTES = 32
# What a range read costs at least; Tink keeps a few of them in memory per stream.
SEGMENT_BYTES = 64 * 1024
TAG_BYTES = 16
# Length byte, salt as long as the derived key, nonce prefix.
HEADER_BYTES = 1 + KEY_BYTES + 7

_TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"

streaming_aead.register()


@dataclass(frozen=True, slots=True)
class DataKey:
    """What opens one holding. Lives as long as the call that fetched it."""

    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a ciphertext is, and until when: authenticated with it, stored nowhere in it."""

    tenant: str
    owner: str
    kind: str
    index: int
    hard_expire_time: int  # milliseconds since 1970

    def associated_data(self) -> bytes:
        """Every field with its length before it, so that no two bindings look alike."""
        fields = ("likeness/1", self.tenant, self.owner, self.kind, str(self.index), str(self.hard_expire_time))
        return b"".join(len(raw).to_bytes(4, "big") + raw for raw in (text.encode() for text in fields))


def sealed_size(size_bytes: int) -> int:
    """The ciphertext's size. The first segment is shorter by the header."""
    segments = max(1, -(-(size_bytes + HEADER_BYTES) // (SEGMENT_BYTES - TAG_BYTES)))
    return HEADER_BYTES + size_bytes + segments * TAG_BYTES


class Sealing:
    """A sink for plaintext in front of one for ciphertext."""

    def __init__(self, sink: Sink, key: DataKey, binding: Binding) -> None:
        self._sink = sink
        self._end = _End(sink.write)
        self._stream = _primitive(key).new_encrypting_stream(self._end, binding.associated_data())

    def write(self, piece: bytes | memoryview) -> None:
        rest = memoryview(piece)
        with self._end.own_errors():
            while rest:
                rest = rest[self._stream.write(rest) :]

    def commit(self) -> None:
        with self._end.own_errors():
            self._stream.close()
        self._sink.commit()

    def abort(self) -> None:
        self._end.shut = True
        self._sink.abort()


class Opening:
    """Plaintext of a whole ciphertext. Every piece is authentic; the end only comes where it was written."""

    def __init__(self, source: Source, key: DataKey, binding: Binding) -> None:
        self._source = source
        self._end = _End(source.read)
        self._stream = _primitive(key).new_decrypting_stream(self._end, binding.associated_data())

    def read(self, size: int = -1, /) -> bytes:
        with self._end.own_errors():
            piece: bytes = self._stream.read(size)
        return piece

    def close(self) -> None:
        self._source.close()


def does_not_open() -> Internal:
    return Internal(reasons.REASON_INTERNAL, "what is stored is not what was stored")


class _End(io.RawIOBase):
    """The ciphertext's end of a Tink stream. Closing it, as Tink does, completes nothing: `commit` does."""

    def __init__(self, transfer: Callable[[Any], Any]) -> None:
        self._transfer = transfer
        self._failure: BaseException | None = None
        self.shut = False

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        piece: bytes = self._attempt(size)
        return piece

    def write(self, piece: Any, /) -> int:
        if not self.shut:
            self._attempt(piece)
        return len(piece)

    @contextlib.contextmanager
    def own_errors(self) -> Iterator[None]:
        """Tink turns every error into its own kind, with a stack trace for a message. Ours come out as they went in."""
        try:
            yield
        except TinkError:
            raise (self._failure or does_not_open()) from None

    def _attempt(self, argument: Any) -> Any:
        try:
            return self._transfer(argument)
        except BaseException as failure:
            self._failure = failure
            raise


def _primitive(key: DataKey) -> Any:
    """Tink's own route to a primitive leads through a keyset; ours has the one key."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=SEGMENT_BYTES, derived_key_size=KEY_BYTES, hkdf_hash_type=common_pb2.SHA256
    )
    material = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=key.secret, params=params)
    data = tink_pb2.KeyData(
        type_url=_TYPE, value=material.SerializeToString(), key_material_type=tink_pb2.KeyData.SYMMETRIC
    )
    only = tink_pb2.Keyset.Key(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[only])
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)

"""Ciphertext in the making: AES-256-GCM-HKDF streaming from Tink, one data key per holding. segments.py opens it.

What a ciphertext is, is bound into it: tenant, owner, kind, index and the hard deadline. Swapped, edited, re-dated or
truncated, it does not open.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tink import TinkError, proto_keyset_format, secret_key_access, streaming_aead  # type: ignore[import-untyped]
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2  # type: ignore[import-untyped]

from gateway.storage.store import Sink

KEY_BYTES = 32
# What a range read costs at least; Tink keeps a few of them in memory per stream. Below 128 KiB, where the C library
# begins to fetch fresh pages for every buffer, which takes longer than the cipher.
SEGMENT_BYTES = 120 * 1024
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
        self._end = _End(sink)
        buffered = _primitive(key).new_encrypting_stream(self._end, binding.associated_data())
        # Our pieces are large: a buffer before Tink's own would only copy them.
        self._stream = buffered.detach()

    def write(self, piece: bytes | memoryview) -> None:
        with self._end.own_errors():
            # Tink copies whatever is not `bytes`.
            written = self._stream.write(piece)
            while written < len(piece):
                written += self._stream.write(memoryview(piece)[written:])

    def commit(self) -> None:
        with self._end.own_errors():
            self._stream.close()
        self._sink.commit()

    def abort(self) -> None:
        self._end.shut = True
        self._sink.abort()


class _End(io.RawIOBase):
    """The ciphertext's end of a Tink stream. Closing it, as Tink does, completes nothing: `commit` does."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._failure: BaseException | None = None
        self.shut = False

    def writable(self) -> bool:
        return True

    def write(self, piece: Any, /) -> int:
        if self.shut:
            return len(piece)
        try:
            self._sink.write(piece)
        except BaseException as failure:
            self._failure = failure
            raise
        return len(piece)

    @contextlib.contextmanager
    def own_errors(self) -> Iterator[None]:
        """Tink turns every error into its own kind, with a stack trace for a message. Ours come out as they went in."""
        try:
            yield
        except TinkError as error:
            raise (self._failure or error) from None


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

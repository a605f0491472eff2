"""Ciphertext opened, from any place on, without what lies before it.

Tink's Python face only reads from the start, and takes twice as long. Its format is published (developers.google.com/
tink/streaming-aead) and made for this: a header (its length, a salt, a nonce prefix), then segments, each sealed by
AES-GCM under a key derived from the data key, the salt and the associated data, with its number and whether it is the
last one in the nonce. The tests hold this reader against Tink's.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from likeness.common.v1 import reason_pb2 as reasons

from gateway.storage.sealing import (
    HEADER_BYTES,
    KEY_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    Binding,
    DataKey,
    sealed_size,
)
from gateway.storage.store import Source
from likeness_wire.errors import Internal

_PLAIN_BYTES = SEGMENT_BYTES - TAG_BYTES

# Opens the ciphertext at an offset, for a length.
Fetch = Callable[[int, int], Source]


class Opening:
    """Bytes `start` to `start + length` of a plaintext of known size. Every piece is authentic."""

    def __init__(self, fetch: Fetch, key: DataKey, binding: Binding, size_bytes: int, start: int, length: int) -> None:
        if not 0 <= start < start + length <= size_bytes:
            raise ValueError("outside of the object")
        self._number, self._skip = _place(start)
        self._left = length
        self._plain = b""
        self._end = sealed_size(size_bytes)
        first, last = self._number * SEGMENT_BYTES, _place(start + length - 1)[0]
        self._source = fetch(first, min((last + 1) * SEGMENT_BYTES, self._end) - first)
        try:
            header = _read(self._source, HEADER_BYTES) if first == 0 else _whole(fetch(0, HEADER_BYTES), HEADER_BYTES)
            self._cipher, self._nonce_prefix = _derive(header, key, binding)
        except BaseException:
            self._source.close()
            raise

    def read(self, size: int = -1, /) -> bytes:
        """What comes next, at most so many bytes, by whole segments where they fit; empty at the end."""
        pieces = [self._plain or self._next_segment()]
        room = size - len(pieces[0])
        while self._left and (size < 0 or room >= _PLAIN_BYTES):
            pieces.append(self._next_segment())
            room -= len(pieces[-1])
        plain = b"".join(pieces)
        plain, self._plain = (plain, b"") if size < 0 else (plain[:size], plain[size:])
        return plain

    def close(self) -> None:
        self._source.close()

    def _next_segment(self) -> bytes:
        if not self._left:
            return b""
        start = self._number * SEGMENT_BYTES
        end = min(start + SEGMENT_BYTES, self._end)
        sealed = _read(self._source, end - max(start, HEADER_BYTES))
        nonce = self._nonce_prefix + self._number.to_bytes(4, "big") + bytes([end == self._end])
        try:
            plain = self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag:
            raise does_not_open() from None
        wanted = plain[self._skip : self._skip + self._left]
        self._number, self._skip = self._number + 1, 0
        self._left -= len(wanted)
        return wanted


def does_not_open() -> Internal:
    return Internal(reasons.REASON_INTERNAL, "what is stored is not what was stored")


def _place(offset: int) -> tuple[int, int]:
    """The segment that holds a byte of the plaintext, and where in it. The header takes room in the first."""
    number, within = divmod(offset + HEADER_BYTES, _PLAIN_BYTES)
    return number, within if number else offset


def _derive(header: bytes, key: DataKey, binding: Binding) -> tuple[AESGCM, bytes]:
    if len(header) < HEADER_BYTES or header[0] != HEADER_BYTES:
        raise does_not_open()
    salt, nonce_prefix = header[1 : 1 + KEY_BYTES], header[1 + KEY_BYTES :]
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=binding.associated_data())
    return AESGCM(hkdf.derive(key.secret)), nonce_prefix


def _whole(source: Source, size: int) -> bytes:
    try:
        return _read(source, size)
    finally:
        source.close()


def _read(source: Source, size: int) -> bytes:
    """So many bytes, fewer only at the end of a truncated object."""
    raw = source.read(size)
    while 0 < len(raw) < size and (piece := source.read(size - len(raw))):
        raw += piece
    return raw

"""The keys that wrap data keys in a database: a secret of the cluster, mounted as a file.

One key a line, base64 of 32 bytes, the newest first: it wraps, the others only unwrap what they wrapped. All that lives
is younger than a day, so a key that has not been first for 24 h may be dropped, and with it everything that old
backups or disks of the key database still hold. The file is read again whenever it changes.
"""

import base64
import binascii
import hashlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.keys.store import unavailable
from gateway.storage.sealing import KEY_BYTES, DataKey
from gateway.storage.segments import does_not_open
from services.common.startup import StartupError

_NONCE_BYTES = 12

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as a database may see it."""

    master: str
    sealed: bytes = field(repr=False)


class MasterKeys:
    """Wraps and unwraps, bound to the holding and its deadline."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._ciphers: dict[str, AESGCM] = {}
        self._read()

    def wrap(self, key: DataKey, holding: str, hard_expire_time: int) -> Wrapped:
        self._refresh()
        master, cipher = next(iter(self._ciphers.items()))
        nonce = os.urandom(_NONCE_BYTES)
        return Wrapped(master, nonce + cipher.encrypt(nonce, key.secret, _bound(holding, hard_expire_time)))

    def unwrap(self, wrapped: Wrapped, holding: str, hard_expire_time: int) -> DataKey:
        """Raises Unavailable where the master key is not among those of the file: it may be the wrong file."""
        self._refresh()
        cipher = self._ciphers.get(wrapped.master)
        if cipher is None:
            raise unavailable()
        nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
        try:
            return DataKey(cipher.decrypt(nonce, sealed, _bound(holding, hard_expire_time)))
        except InvalidTag:
            raise does_not_open() from None

    def _refresh(self) -> None:
        """A file that cannot be read in mid-rotation must not stop those who hold the keys already."""
        try:
            self._read()
        except StartupError:
            _log.warning("the master key file cannot be read, the keys read before stay in use")

    def _read(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._read_at:
                self._ciphers = _parse(self._path.read_text())
                self._read_at = changed
        except OSError:
            raise StartupError("LIKENESS_MASTER_KEY_FILE: cannot be read") from None


def _parse(text: str) -> dict[str, AESGCM]:
    """By fingerprint, in order: a row says which of them wrapped it."""
    try:
        keys = [base64.b64decode(line, validate=True) for line in text.split()]
    except binascii.Error:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise StartupError("LIKENESS_MASTER_KEY_FILE: every line has to be the base64 of 32 random bytes")
    return {hashlib.sha256(b"likeness master key" + key).hexdigest()[:16]: AESGCM(key) for key in keys}


def _bound(holding: str, hard_expire_time: int) -> bytes:
    return f"{holding} {hard_expire_time}".encode()

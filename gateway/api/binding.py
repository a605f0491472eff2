"""The key that binds what callers bring back: page tokens to their query, request ids to their request.

It guards no data: whoever holds it could forge a page token, which opens nothing, and guess at words of a request whose
digest they hold. All gateways of a cluster need the same one.
"""

import base64
import binascii
import hmac
import secrets
from pathlib import Path

from gateway.new_file import write_new
from services.common.startup import StartupError

_BYTES = 32
_VARIABLE = "LIKENESS_BINDING_KEY_FILE"


class Binding:
    """Keyed digests of strings that belong together."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, purpose: str, *parts: str | bytes) -> bytes:
        """32 bytes. No two lists of parts run into one another."""
        mac = hmac.new(self._key, digestmod="sha256")
        for part in (purpose, *parts):
            raw = part.encode() if isinstance(part, str) else part
            mac.update(len(raw).to_bytes(8, "big") + raw)
        return mac.digest()


def load_binding(path: Path, *, create: bool) -> Binding:
    """32 bytes in base64. `create` makes a file where there is none; a cluster brings its own."""
    if create and not path.exists():
        write_new(path, base64.b64encode(secrets.token_bytes(_BYTES)) + b"\n")
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except OSError:
        raise StartupError(f"{_VARIABLE}: cannot be read") from None
    except binascii.Error:
        key = b""
    if len(key) != _BYTES:
        raise StartupError(f"{_VARIABLE}: is not {_BYTES} bytes in base64 (openssl rand -base64 {_BYTES})")
    return Binding(key)

"""Receipts: signed statements that something is gone, chained per tenant. Anyone with the public key can check them.

A receipt is a compact JWS (RFC 7515) signed with Ed25519, so that any JOSE library reads it; `likeness receipts verify`
does without ours. It names opaque ids, counts and times: no digest of a photo, nothing of a person.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from services.common.startup import StartupError

TYPE = "likeness-receipt+jwt"


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one key and what it opened."""

    name: str
    objects: int
    size_bytes: int
    key_destroyed_time: int
    objects_gone_time: int
    verified_absent_time: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a receipt says. `previous` is the SHA-256 of the tenant's receipt before, empty for the first."""

    tenant: str
    sequence: int
    previous: str
    name: str
    cause: str
    first_byte_time: int
    hard_expire_time: int
    ended_time: int
    issued_time: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Receipt:
    """As it is kept and handed out."""

    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class Signer:
    """Holds the private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key_id = hashlib.sha256(self.public_key()).hexdigest()[:16]

    def public_key(self) -> bytes:
        """32 raw bytes."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def public_pem(self) -> str:
        """For callers, and for the docs."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, statement: Statement) -> Receipt:
        header = {"alg": "EdDSA", "kid": self.key_id, "typ": TYPE}
        signed = f"{_encoded(_json(header))}.{_encoded(_json(_claims(statement)))}"
        return Receipt(f"{signed}.{_encoded(self._key.sign(signed.encode()))}")


def load_signer(path: Path, *, create: bool) -> Signer:
    """The key of a PEM file. `create` makes one where there is none; a cluster brings its own."""
    if create and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(path, Ed25519PrivateKey.generate())
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError:
        raise StartupError("LIKENESS_RECEIPT_KEY_FILE: cannot be read") from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise StartupError("LIKENESS_RECEIPT_KEY_FILE: is not an Ed25519 private key in PEM")
    return Signer(key)


def _write_new(path: Path, key: Ed25519PrivateKey) -> None:
    """Whole or not at all, whoever else starts now."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _claims(statement: Statement) -> dict[str, Any]:
    return {
        "tenant": statement.tenant,
        "sequence": statement.sequence,
        "previous": statement.previous,
        "name": statement.name,
        "cause": statement.cause,
        "first_byte_time": _instant(statement.first_byte_time),
        "hard_expire_time": _instant(statement.hard_expire_time),
        "ended_time": _instant(statement.ended_time),
        "issued_time": _instant(statement.issued_time),
        "parts": [
            {
                "name": part.name,
                "objects": part.objects,
                "bytes": part.size_bytes,
                "key_destroyed_time": _instant(part.key_destroyed_time),
                "objects_gone_time": _instant(part.objects_gone_time),
                "verified_absent_time": _instant(part.verified_absent_time),
            }
            for part in statement.parts
        ],
    }


def _instant(millis: int) -> str:
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Receipts: signed statements that something is gone, chained per tenant. Anyone with the public key can check them.

What is signed is the serialised DeletionStatement of the contract. It names opaque ids, counts and times: no digest of
a photo, nothing of a person. `likeness receipts verify` checks them without any of this code.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from likeness.gateway.v1 import receipt_pb2

from gateway.new_file import write_new
from gateway.retention.holdings import Cause
from likeness_wire.times import instant
from services.common.startup import StartupError

CAUSES = {
    Cause.DELETED: receipt_pb2.CAUSE_REQUESTED,
    Cause.EXPIRED: receipt_pb2.CAUSE_EXPIRED,
    Cause.ABANDONED: receipt_pb2.CAUSE_INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Pile:
    """Objects of one kind."""

    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, and when. Times are milliseconds since 1970 by the database's clock."""

    tenant: str
    subject: str  # jobs/… or uploads/…
    id: str
    cause: Cause
    objects: Mapping[str, Pile]
    first_byte_time: int
    hard_expire_time: int
    key_destroyed_time: int
    calls_ended_time: int
    objects_gone_time: int
    verified_absent_time: int


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a tenant's chain. `previous` is the SHA-256 of the statement before, empty in the first."""

    sequence: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A receipt as it is kept."""

    statement: bytes
    signature: bytes
    key_id: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.statement).digest()

    def message(self) -> receipt_pb2.DeletionReceipt:
        """As it is handed out."""
        statement = receipt_pb2.DeletionStatement.FromString(self.statement)
        return receipt_pb2.DeletionReceipt(
            name=statement.name,
            statement=statement,
            signed_statement=self.statement,
            signature=self.signature,
            key_id=self.key_id,
        )


class Signer:
    """Holds the private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = hashlib.sha256(self.public_key).hexdigest()[:16]

    def sign(self, forgotten: Forgotten, link: Link) -> Signed:
        statement = _statement(forgotten, link).SerializeToString(deterministic=True)
        return Signed(statement, self._key.sign(statement), self.key_id)


def load_signer(path: Path, *, create: bool) -> Signer:
    """The key of a PEM file. `create` makes one where there is none; a cluster brings its own."""
    if create and not path.exists():
        write_new(path, _new_key())
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError:
        raise StartupError("LIKENESS_RECEIPT_KEY_FILE: cannot be read") from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise StartupError("LIKENESS_RECEIPT_KEY_FILE: is not an Ed25519 private key in PEM")
    return Signer(key)


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _statement(forgotten: Forgotten, link: Link) -> receipt_pb2.DeletionStatement:
    piles = forgotten.objects.items()
    return receipt_pb2.DeletionStatement(
        name=f"tenants/{forgotten.tenant}/receipts/{forgotten.id}",
        subject=f"tenants/{forgotten.tenant}/{forgotten.subject}",
        cause=CAUSES[forgotten.cause],
        objects=[
            receipt_pb2.DeletedObjects(kind=kind, count=pile.count, size_bytes=pile.size_bytes) for kind, pile in piles
        ],
        create_time=instant(forgotten.first_byte_time),
        hard_expire_time=instant(forgotten.hard_expire_time),
        key_destroy_time=instant(forgotten.key_destroyed_time),
        calls_end_time=instant(forgotten.calls_ended_time),
        remove_time=instant(forgotten.objects_gone_time),
        verify_absent_time=instant(forgotten.verified_absent_time),
        sequence=link.sequence,
        previous_sha256=link.previous,
    )

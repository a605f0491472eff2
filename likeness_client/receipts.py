"""Deletion receipts, checked by whoever holds them: signatures, the chain, and whether the deadline was kept.

Needs the server's public key and nothing of the server. Only what was signed is read; the readable copy beside it is
there for eyes.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt, DeletionStatement
from likeness.gateway.v1.server_pb2 import ServerInfo

Keys = Mapping[str, Ed25519PublicKey]

_KEY_BYTES = 32


class NotReadable(ValueError):
    """It is no receipt, or no key. The message is one line."""


@dataclass(slots=True)
class Verdict:
    """What there is to say about one receipt."""

    statement: DeletionStatement
    # What it was read from.
    receipt: DeletionReceipt
    # Why it proves nothing. Empty: it proves what it says.
    faults: list[str] = field(default_factory=list)
    # It proves that the deadline was missed.
    late: bool = False

    @property
    def tenant(self) -> str:
        return self.statement.name.partition("/receipts/")[0]

    @property
    def holds(self) -> bool:
        return not self.faults


def read_receipts(text: str) -> list[DeletionReceipt]:
    """From JSON: one receipt, a list of them, or an answer of ListDeletionReceipts."""
    try:
        document = json.loads(text)
        if isinstance(document, dict):
            document = document.get("receipts", [document.get("receipt", document)])
        if not isinstance(document, list) or not all(isinstance(each, dict) for each in document):
            raise ValueError
        return [ParseDict(each, DeletionReceipt(), ignore_unknown_fields=True) for each in document]
    except (ValueError, ParseError):
        raise NotReadable("this is not the JSON of deletion receipts") from None


def read_keys(text: str) -> dict[str, Ed25519PublicKey]:
    """By id, from PEM, from base64 or hex of the 32 bytes, or from the JSON of GetServerInfo."""
    text = text.strip()
    if text.startswith("-----"):
        return _by_id([_from_pem(text)])
    if text.startswith("{"):
        return _by_id(_from_server_info(text))
    return _by_id([_from_raw(_decoded(text))])


def announced(public_keys: Iterable[bytes]) -> dict[str, Ed25519PublicKey]:
    """By id, which is computed here: nobody can give a key another one's."""
    return _by_id(map(_from_raw, public_keys))


def verify(receipts: Iterable[DeletionReceipt], keys: Keys) -> list[Verdict]:
    """A verdict each, tenant by tenant in the order of the chain."""
    signed = sorted(((_verdict(receipt, keys), receipt) for receipt in receipts), key=_place)
    for (before, earlier), (after, _) in pairwise(signed):
        if before.tenant == after.tenant and before.holds:
            _check_link(before, hashlib.sha256(earlier.signed_statement).digest(), after)
    return [verdict for verdict, _ in signed]


def missing(verdicts: Iterable[Verdict]) -> list[str]:
    """Which parts of a chain are not here, so that nothing can be said about them."""
    gaps = []
    last: dict[str, int] = {}
    for verdict in verdicts:
        sequence, known = verdict.statement.sequence, last.get(verdict.tenant, 0)
        if sequence > known + 1:
            gaps.append(f"{verdict.tenant}: {known + 1} to {sequence - 1}")
        last[verdict.tenant] = sequence
    return gaps


def _verdict(receipt: DeletionReceipt, keys: Keys) -> Verdict:
    try:
        verdict = Verdict(DeletionStatement.FromString(receipt.signed_statement), receipt)
    except DecodeError:
        return Verdict(DeletionStatement(name=receipt.name), receipt, ["what was signed cannot be read"])
    key = keys.get(receipt.key_id)
    if key is None:
        verdict.faults.append(f"signed by key {receipt.key_id or '?'}, which was not given")
    elif not _is_signed(receipt, key):
        verdict.faults.append("the signature is not of this statement")
    else:
        _check_statement(receipt, verdict)
    return verdict


def _is_signed(receipt: DeletionReceipt, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(receipt.signature, receipt.signed_statement)
    except InvalidSignature:
        return False
    return True


def _check_statement(receipt: DeletionReceipt, verdict: Verdict) -> None:
    told = verdict.statement
    if receipt.HasField("statement") and receipt.statement != told:
        verdict.faults.append("the readable statement is not the signed one")
    ends = (told.key_destroy_time, told.remove_time, told.verify_absent_time)
    times = [end.ToNanoseconds() for end in ends]
    if not all(told.HasField(name) for name in _TIMES) or times != sorted(times):
        verdict.faults.append("its times are not in order")
    elif told.calls_end_time.ToNanoseconds() > times[-1]:
        verdict.faults.append("it was issued before the last call had ended")
    verdict.late = times[-1] > told.hard_expire_time.ToNanoseconds()


_TIMES = ("create_time", "hard_expire_time", "key_destroy_time", "calls_end_time", "remove_time", "verify_absent_time")


def _check_link(before: Verdict, digest: bytes, after: Verdict) -> None:
    first, second = before.statement.sequence, after.statement.sequence
    if first == second and before.statement != after.statement:
        after.faults.append(f"there are two receipts number {second}: the chain was forked")
    elif second == first + 1 and after.statement.previous_sha256 != digest:
        after.faults.append(f"it does not follow receipt number {first}")


def _place(pair: tuple[Verdict, DeletionReceipt]) -> tuple[str, int]:
    return pair[0].tenant, pair[0].statement.sequence


def _by_id(keys: Iterable[Ed25519PublicKey]) -> dict[str, Ed25519PublicKey]:
    raw = {key.public_bytes(Encoding.Raw, PublicFormat.Raw): key for key in keys}
    return {hashlib.sha256(each).hexdigest()[:16]: key for each, key in raw.items()}


def _from_pem(text: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        raise NotReadable("this is not a public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotReadable("this is not an Ed25519 key")
    return key


def _from_server_info(text: str) -> list[Ed25519PublicKey]:
    try:
        document: dict[str, Any] = json.loads(text)
        info = ParseDict(document.get("server", document), ServerInfo(), ignore_unknown_fields=True)
    except (ValueError, ParseError, AttributeError):
        info = ServerInfo()
    if not info.receipt_keys:
        raise NotReadable("this JSON has no receipt keys of a server")
    return [_from_raw(key.public_key) for key in info.receipt_keys]


def _from_raw(raw: bytes) -> Ed25519PublicKey:
    if len(raw) != _KEY_BYTES:
        raise NotReadable("a receipt key is PEM, or 32 bytes in base64 or hex, or the JSON of GetServerInfo")
    return Ed25519PublicKey.from_public_bytes(raw)


def _decoded(text: str) -> bytes:
    if len(text) == 2 * _KEY_BYTES:
        try:
            return bytes.fromhex(text)
        except ValueError:
            return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""

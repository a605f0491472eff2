"""Checking receipts: only what was signed counts, and the chain shows what is missing or was changed."""

import base64
import copy
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.json_format import MessageToDict, MessageToJson
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt, DeletionStatement
from likeness.gateway.v1.server_pb2 import ReceiptKey, ServerInfo

from likeness_client.receipts import NotReadable, missing, read_keys, read_receipts, verify

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
KEYS = read_keys(RAW.hex())
(KEY_ID,) = KEYS
DAY_S = 86_400


def signed(statement: DeletionStatement) -> DeletionReceipt:
    raw = statement.SerializeToString()
    return DeletionReceipt(
        name=statement.name, statement=statement, signed_statement=raw, signature=PRIVATE.sign(raw), key_id=KEY_ID
    )


def statement(sequence: int = 1, previous: bytes = b"", tenant: str = "t", **seconds: int) -> DeletionStatement:
    """Seconds after the first photo byte, by the name of the time."""
    told = DeletionStatement(
        name=f"tenants/{tenant}/receipts/{sequence}",
        subject=f"tenants/{tenant}/jobs/{sequence}",
        sequence=sequence,
        previous_sha256=previous,
    )
    times = {"create": 0, "hard_expire": DAY_S, "key_destroy": 10, "calls_end": 11, "remove": 12, "verify_absent": 13}
    for name, second in (times | seconds).items():
        getattr(told, f"{name}_time").FromSeconds(1_800_000_000 + second)
    return told


def chain(length: int, tenant: str = "t") -> list[DeletionReceipt]:
    receipts: list[DeletionReceipt] = []
    for sequence in range(1, length + 1):
        previous = hashlib.sha256(receipts[-1].signed_statement).digest() if receipts else b""
        receipts.append(signed(statement(sequence, previous, tenant)))
    return receipts


def faults(*receipts: DeletionReceipt) -> list[list[str]]:
    return [verdict.faults for verdict in verify(receipts, KEYS)]


def test_a_good_chain_holds_in_any_order() -> None:
    """Of several tenants at once."""
    receipts = chain(5) + chain(3, "other")
    verdicts = verify(reversed(receipts), KEYS)

    assert all(verdict.holds and not verdict.late for verdict in verdicts)
    assert [verdict.statement.sequence for verdict in verdicts] == [1, 2, 3, 1, 2, 3, 4, 5]
    assert missing(verdicts) == []


@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_changed_statement_does_not_hold(place: int) -> None:
    """Any bit of what was signed, or of the signature."""
    for field in ("signed_statement", "signature"):
        receipt = chain(1)[0]
        raw = bytearray(getattr(receipt, field))
        raw[place] ^= 1
        setattr(receipt, field, bytes(raw))

        assert faults(receipt) != [[]]


def test_a_prettier_readable_statement_is_noticed() -> None:
    """What people read has to be what was signed."""
    receipt = chain(1)[0]
    receipt.statement.verify_absent_time.FromSeconds(1_800_000_001)
    assert faults(receipt) == [["the readable statement is not the signed one"]]

    receipt.ClearField("statement")
    assert faults(receipt) == [[]]


def test_an_unknown_key_proves_nothing() -> None:
    """Even though its signature would be right."""
    receipt = chain(1)[0]
    other = Ed25519PrivateKey.generate()
    receipt.signature, receipt.key_id = other.sign(receipt.signed_statement), "0123456789abcdef"

    assert faults(receipt) == [["signed by key 0123456789abcdef, which was not given"]]


def test_a_receipt_taken_out_of_the_chain_is_missing() -> None:
    """What is there holds; what is not is named."""
    receipts = chain(6)
    verdicts = verify([receipts[1], receipts[2], receipts[5]], KEYS)

    assert all(verdict.holds for verdict in verdicts)
    assert missing(verdicts) == ["tenants/t: 1 to 1", "tenants/t: 4 to 5"]


def test_a_receipt_put_in_anothers_place_does_not_follow() -> None:
    """Signed by the right key, but not when the chain says. It does not discredit the next one."""
    receipts = chain(3)
    receipts[1] = signed(statement(2, bytes(32)))

    assert faults(*receipts) == [[], ["it does not follow receipt number 1"], []]


def test_two_receipts_of_one_number_fork_the_chain() -> None:
    """The server's memory was put back."""
    receipts = chain(2)
    other = signed(statement(2, hashlib.sha256(receipts[0].signed_statement).digest(), verify_absent=99))

    assert faults(*receipts, other)[2] == ["there are two receipts number 2: the chain was forked"]


def test_the_same_receipt_twice_is_no_fork() -> None:
    """Files overlap."""
    receipts = chain(2)

    assert faults(*receipts, copy.deepcopy(receipts[1])) == [[], [], []]


@pytest.mark.parametrize(
    ("seconds", "fault"),
    [
        ({"key_destroy": 20}, "its times are not in order"),
        ({"verify_absent": 11, "calls_end": 10}, "its times are not in order"),
        ({"calls_end": 20}, "it was issued before the last call had ended"),
    ],
)
def test_times_that_make_no_sense_prove_nothing(seconds: dict[str, int], fault: str) -> None:
    """A signature does not make them true."""
    assert faults(signed(statement(**seconds))) == [[fault]]


def test_a_receipt_without_its_times_proves_nothing() -> None:
    """Absent is not zero."""
    told = statement()
    told.ClearField("calls_end_time")

    assert faults(signed(told)) == [["its times are not in order"]]


def test_a_missed_deadline_holds_and_is_late() -> None:
    """It proves just that."""
    (verdict,) = verify([signed(statement(remove=DAY_S, verify_absent=DAY_S + 1))], KEYS)

    assert verdict.holds
    assert verdict.late


def test_receipts_are_read_from_every_form_they_come_in() -> None:
    """One, a list, an answer with one, an answer with many; unknown fields of a newer server are passed over."""
    receipts = chain(2)
    each = [MessageToDict(receipt) for receipt in receipts]
    newer = {**each[0], "somethingNew": 1}

    assert read_receipts(MessageToJson(receipts[0])) == receipts[:1]
    assert read_receipts(json.dumps(each)) == receipts
    assert read_receipts(json.dumps({"receipts": each, "nextPageToken": ""})) == receipts
    assert read_receipts(json.dumps({"receipt": each[1]})) == receipts[1:]
    assert read_receipts(json.dumps(newer)) == receipts[:1]


@pytest.mark.parametrize("text", ["", "{", "3", '"x"', "[1]", '{"signature": 7}', "null"])
def test_what_is_no_receipt_says_so(text: str) -> None:
    """In one line."""
    with pytest.raises(NotReadable, match="not the JSON of deletion receipts"):
        read_receipts(text)


def test_keys_are_read_from_every_form_they_come_in() -> None:
    """PEM, hex, base64, and what the server says of itself."""
    pem = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    info = MessageToDict(ServerInfo(receipt_keys=[ReceiptKey(id=KEY_ID, public_key=RAW)]))
    for text in (pem, RAW.hex(), base64.b64encode(RAW).decode(), json.dumps(info), json.dumps({"server": info})):
        assert list(read_keys(f"\n{text}\n")) == [KEY_ID]


X25519 = X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "text", ["", "deadbeef", "x" * 64, "{}", "{", "[]", "-----BEGIN PUBLIC KEY-----", X25519.decode()]
)
def test_what_is_no_key_says_so(text: str) -> None:
    """In one line."""
    with pytest.raises(NotReadable):
        read_keys(text)

"""Receipts as they are issued; how they are checked is tests/likeness_client/test_receipts.py."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson
from likeness.gateway.v1 import receipt_pb2

from gateway.retention.receipts import load_signer
from gateway.storage.sealing import sealed_size
from likeness_client.receipts import missing, read_keys, verify
from services.common.startup import StartupError
from tests.gateway.house import HOUR_S, PHOTO, SIGNER, TENANT, House, job, open_house, upload

KEYS = read_keys(SIGNER.public_key.hex())


@pytest.fixture
async def house(quick_path: Path) -> AsyncIterator[House]:
    async with open_house(quick_path) as house:
        yield house


async def test_a_receipt_says_what_happened_and_when(house: House) -> None:
    """Counts and bytes by kind, as ciphertext; times by the database's clock."""
    begun = house.clock.ms
    _, running = await job(house, results=2)
    await house.later(90)
    receipt = await house.vault.erase(TENANT, running.id)

    told = receipt.statement
    assert told.name == receipt.name == f"tenants/{TENANT}/receipts/{running.id}"
    assert told.subject == f"tenants/{TENANT}/jobs/{running.id}"
    assert told.cause == receipt_pb2.CAUSE_REQUESTED
    assert [(pile.kind, pile.count, pile.size_bytes) for pile in told.objects] == [
        ("photo", 1, sealed_size(len(PHOTO))),
        ("result", 2, 2 * sealed_size(len(b"result 0"))),
    ]
    assert told.create_time.ToMilliseconds() == begun
    assert told.hard_expire_time.ToMilliseconds() == begun + 24 * HOUR_S * 1000
    for moment in (told.key_destroy_time, told.calls_end_time, told.remove_time, told.verify_absent_time):
        assert moment.ToMilliseconds() == begun + 90_000
    assert receipt_pb2.DeletionStatement.FromString(receipt.signed_statement) == told
    assert receipt.key_id == SIGNER.key_id


async def test_every_tenant_has_a_chain_of_its_own(house: House) -> None:
    """Each receipt names the one before it, whatever others do in between."""
    for tenant in ("one", "other", "one", "one", "other"):
        await house.vault.erase(tenant, (await upload(house, tenant=tenant)).id)

    for tenant, length in (("one", 3), ("other", 2)):
        receipts = await house.vault.receipts(tenant)
        told = [receipt.statement for receipt in receipts]
        assert [statement.sequence for statement in told] == list(range(1, length + 1))
        assert told[0].previous_sha256 == b""
        for before, after in zip(receipts[:-1], told[1:], strict=True):
            assert after.previous_sha256 == hashlib.sha256(before.signed_statement).digest()


async def test_a_days_receipts_verify_as_a_chain(house: House) -> None:
    """Jobs that were deleted, that expired, and uploads that nobody used."""
    for _ in range(3):
        await job(house)
    await house.vault.erase(TENANT, (await upload(house)).id)
    await upload(house)
    await house.later(24 * HOUR_S)
    await house.sweep()

    verdicts = verify(await house.vault.receipts(TENANT), KEYS)
    assert len(verdicts) == 5
    assert all(verdict.holds for verdict in verdicts)
    assert missing(verdicts) == []


async def test_a_receipt_that_was_late_says_so(house: House) -> None:
    """The process was down for two days: truth comes first."""
    photos = await upload(house)
    await house.later(48 * HOUR_S)
    await house.sweep()

    (verdict,) = verify([await house.vault.receipt(TENANT, photos.id)], KEYS)
    assert verdict.holds
    assert verdict.late


async def test_photos_that_went_early_are_in_their_jobs_receipt(house: House) -> None:
    """None of their own, since the job's speaks of everything."""
    _, running = await job(house)
    await house.vault.finish(TENANT, running.id, forget_photos=True)
    await house.sweep()
    assert await house.vault.receipts(TENANT) == []

    await house.later(HOUR_S)
    receipt = await house.vault.erase(TENANT, running.id)
    assert {pile.kind for pile in receipt.statement.objects} == {"photo", "result"}
    assert receipt.statement.key_destroy_time.ToMilliseconds() == house.clock.ms
    assert len(await house.vault.receipts(TENANT)) == 1


async def test_a_receipt_names_nobody(house: House) -> None:
    """Ids, counts, times, signatures: nothing of a photo, not even a digest of it or of its ciphertext."""
    photos = await upload(house)
    ciphertext = b"".join(path.read_bytes() for path in (house.folder / "objects" / photos.id).iterdir())
    receipt = await house.vault.erase(TENANT, photos.id)

    raw = receipt.SerializeToString() + MessageToJson(receipt).encode()
    for content in (PHOTO, ciphertext):
        for digest in (hashlib.sha256(content), hashlib.md5(content), hashlib.sha1(content)):
            assert digest.digest() not in raw
            assert digest.hexdigest().encode() not in raw


async def test_pages_of_receipts_follow_each_other(house: House) -> None:
    """From behind any of them."""
    for _ in range(5):
        await house.vault.erase(TENANT, (await upload(house)).id)

    first = await house.vault.receipts(TENANT, limit=3)
    rest = await house.vault.receipts(TENANT, after=first[-1].statement.sequence)
    assert [receipt.statement.sequence for receipt in first + rest] == [1, 2, 3, 4, 5]


async def test_keys_that_signed_stay_listed(house: House) -> None:
    """After a change of key, old receipts still verify with what the server lists."""
    await house.vault.erase(TENANT, (await upload(house)).id)
    newer = load_signer(house.folder / "new.pem", create=True)
    house.clock.pass_s(5)
    async with open_house(house.folder, house.clock, signer=newer) as successor:
        await successor.vault.erase(TENANT, (await upload(successor)).id)
        listed = await successor.vault.receipt_keys()

        assert [key.id for key in listed] == [newer.key_id, SIGNER.key_id]
        known = {id_: key for listed_key in listed for id_, key in read_keys(listed_key.public_key.hex()).items()}
        assert all(verdict.holds for verdict in verify(await successor.vault.receipts(TENANT), known))


def test_the_signing_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """0600; the next start finds the same."""
    path = tmp_path / "new" / "receipts.pem"
    first = load_signer(path, create=True)

    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signer(path, create=True).key_id == first.key_id
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_a_file_that_is_no_signing_key_stops_the_start(tmp_path: Path, content: bytes) -> None:
    """With the variable's name."""
    path = tmp_path / "receipts.pem"
    path.write_bytes(content)
    with pytest.raises(StartupError, match=r"^LIKENESS_RECEIPT_KEY_FILE: is not"):
        load_signer(path, create=False)
    with pytest.raises(StartupError, match=r"^LIKENESS_RECEIPT_KEY_FILE: cannot be read"):
        load_signer(tmp_path / "nowhere", create=False)

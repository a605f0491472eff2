"""Old backups of everything but the keys open nothing, and do not bring anything back."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.retention.audit import Audit
from gateway.retention.holdings import Kind
from likeness_client.receipts import read_keys, verify
from likeness_wire.errors import NotFound
from tests.gateway.house import HOUR_S, PHOTO, SIGNER, TENANT, HandClock, Holding, House, job, open_house, read, upload


@pytest.fixture
async def living(quick_path: Path) -> AsyncIterator[tuple[House, Holding, Holding]]:
    """A house with a job, of which there is a backup."""
    async with open_house(quick_path / "house") as house:
        photos, running = await job(house)
        house.database.engine.dispose()  # so that everything is in its file
        shutil.copytree(house.folder, quick_path / "backup")
        yield house, photos, running


def restore(house: House, *what: str) -> None:
    """Over what is there, without the keys."""
    backup = house.folder.parent / "backup"
    house.database.engine.dispose()
    for name in what:
        for path in house.folder.glob(f"{name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in backup.glob(f"{name}*"):
            target = house.folder / path.name
            shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)


Living = tuple[House, Holding, Holding]


async def test_a_restored_database_and_bucket_open_nothing(living: Living) -> None:
    """Everything is there again but the keys: to readers it stays forgotten."""
    house, photos, running = living
    await house.vault.erase(TENANT, running.id)
    restore(house, "jobs.sqlite", "objects")
    assert len(house.objects()) == 2
    assert (await house.vault.find(TENANT, photos.id)).ended_time is None

    async with open_house(house.folder, house.clock) as restored:
        for holding, kind in ((photos, Kind.PHOTO), (running, Kind.RESULT)):
            with pytest.raises(NotFound) as failure:
                await read(restored, holding, kind)
            assert failure.value.reason == reasons.REASON_EXPIRED


async def test_a_restored_database_and_bucket_are_gone_again_at_the_deadline(living: Living) -> None:
    """The records came back with their old deadlines, and those are kept."""
    house, _, running = living
    await house.vault.erase(TENANT, running.id)
    restore(house, "jobs.sqlite", "objects")
    house.clock.pass_s(23 * HOUR_S)

    async with open_house(house.folder, house.clock) as restored:
        assert restored.objects() == []
        assert len(await restored.vault.receipts(TENANT)) == 1


async def test_a_restored_bucket_alone_is_emptied_by_the_audit(living: Living) -> None:
    """The ledger says that they were erased."""
    house, _, running = living
    await house.vault.erase(TENANT, running.id)
    restore(house, "objects")

    findings = Audit(house.database, house.store, house.keys).run()
    assert findings.late_objects == 2
    assert house.objects() == []


async def test_a_restored_database_alone_harms_nothing_that_lives(living: Living) -> None:
    """What came after the backup is unknown now: unreadable, and gone with the next audit; keys at their deadline."""
    house, photos, _ = living
    later = await upload(house)
    restore(house, "jobs.sqlite")

    async with open_house(house.folder, house.clock) as restored:
        assert await read(restored, photos) == PHOTO
        with pytest.raises(NotFound):
            await read(restored, later)
        await restored.later(24 * HOUR_S)
        await restored.sweep()
        assert restored.keys.count() == 0


async def test_a_forked_chain_of_receipts_is_noticed(living: Living) -> None:
    """A restored database issues the same number twice: whoever kept the first receipt can tell."""
    house, _, running = living
    first = await house.vault.erase(TENANT, running.id)
    restore(house, "jobs.sqlite", "objects")
    async with open_house(house.folder, HandClock()) as restored:
        other = await upload(restored)
        second = await restored.vault.erase(TENANT, other.id)

    verdicts = verify([first, second], read_keys(SIGNER.public_key.hex()))
    assert [verdict.holds for verdict in verdicts] == [True, False]
    assert "forked" in verdicts[1].faults[0]


async def test_old_ciphertext_does_not_open_with_a_new_key(living: Living) -> None:
    """Somebody makes a key of the same name to open the backup: it is another key."""
    house, photos, running = living
    await house.vault.erase(TENANT, running.id)
    restore(house, "jobs.sqlite", "objects")
    house.keys.create(photos.id, photos.hard_expire_time, house.clock.ms)

    async with open_house(house.folder, house.clock) as restored:
        with pytest.raises(Exception, match="is not what was stored"):
            await read(restored, photos)

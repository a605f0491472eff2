"""What only a store whose parts can be hurried, killed and stopped can show: a real Ceph."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from minio.commonconfig import ENABLED, Filter
from minio.replicationconfig import Destination, ReplicationConfig, Rule
from minio.versioningconfig import SUSPENDED, VersioningConfig

from gateway.retention.audit import Audit, Findings
from gateway.retention.holdings import Kind
from gateway.storage.s3 import Bucket, S3Store
from gateway.storage.s3_put import Put
from likeness_wire.errors import NotFound, Unavailable
from services.common.startup import StartupError
from tests.gateway.ceph import Ceph
from tests.gateway.house import PHOTO, TENANT, HandClock, House, job, open_house, read, upload
from tests.gateway.storage.test_store import MEGABYTE, names, write
from tests.gateway.storage.test_store import read as read_whole
from tests.running import wait_until

pytestmark = pytest.mark.server

# Ceph has written some before half of it has come: it holds the first 4 MiB, and pieces of as many until they are full.
LONG = PHOTO * 200


def impatient(ceph: Ceph) -> S3Store:
    """A store over a bucket of its own that waits a second for an answer."""
    return S3Store(Bucket(ceph.endpoint, ceph.new_bucket(), ceph.access_key, ceph.secret_key, timeout_s=1))


@pytest.fixture
def store(ceph: Ceph) -> S3Store:
    return impatient(ceph)


@pytest.fixture
async def house(ceph: Ceph, quick_path: Path) -> AsyncIterator[House]:
    """By this machine's clock, which is Ceph's too."""
    clock = HandClock()
    clock.ms = time.time_ns() // 1_000_000
    async with open_house(quick_path, clock, store=lambda _: impatient(ceph)) as house:
        yield house


def look(house: House) -> Findings:
    return Audit(house.database, house.store, house.keys).run()


@pytest.mark.parametrize("state", [ENABLED, SUSPENDED])
def test_a_bucket_with_versions_is_refused(ceph: Ceph, state: str) -> None:
    """Now, or once."""
    bucket = ceph.new_bucket()
    for each in (ENABLED, state):
        ceph.client().set_bucket_versioning(bucket, VersioningConfig(each))

    with pytest.raises(StartupError, match="versioning"):
        ceph.store(bucket).check()


def test_a_bucket_made_with_object_lock_is_refused(ceph: Ceph) -> None:
    """It comes with versioning, which cannot be suspended there."""
    ceph.client().make_bucket("locked", object_lock=True)
    with pytest.raises(StartupError, match="versioning"):
        ceph.store("locked").check()


def test_a_replicated_bucket_is_refused(ceph: Ceph) -> None:
    """One with a real rule, of a gateway that allows them."""
    bucket, copies = ceph.new_bucket(), Destination(ceph.new_bucket())
    rule = Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="copies", destination=copies, priority=1)
    ceph.client().set_bucket_replication(bucket, ReplicationConfig("", [rule]))

    with pytest.raises(StartupError, match="replicated"):
        ceph.store(bucket).check()
    assert ceph.client().get_bucket_lifecycle(bucket) is None


def test_the_back_stop_removes_what_no_sweeper_does(ceph: Ceph) -> None:
    """After a day, not before, and in no bucket that was not set up: an object, and an upload that never ended."""
    buckets = [ceph.new_bucket() for _ in range(2)]
    checked, other = (ceph.store(bucket) for bucket in buckets)
    checked.check()
    for store, bucket in zip((checked, other), buckets, strict=True):
        write(store, "a/1", b"x")
        begin_multipart(ceph, bucket)

    ceph.apply_lifecycle(day_s=3600)
    assert names(checked) == ["a/1", "a/2"]

    def a_day_later() -> bool:
        ceph.apply_lifecycle(day_s=1)
        return names(checked) == []

    wait_until(a_day_later)
    assert names(other) == ["a/1", "a/2"]


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_gateway_killed_in_mid_upload_loses_nothing_else(ceph: Ceph, store: S3Store, share: float) -> None:
    """What was committed stays; of what was on its way is kept the whole, which needs the whole body, or nothing."""
    write(store, "a/1", LONG)
    before, here = ceph.pieces(), round(share * len(LONG))
    sink = store.create("a/2", len(LONG))
    sink.write(LONG[:here])
    wait_until(lambda: ceph.pieces() > before)

    ceph.kill_gateway()
    try:
        committed = finished(sink, LONG[here:])
        with pytest.raises(Unavailable, match=r"^the object store does not answer$"):
            store.open("a/1")
    finally:
        ceph.start_gateway()

    assert contents(store) in ([LONG] * 2, [LONG] * (2 if committed else 1))
    assert share == 1.0 or names(store) == ["a/1"]


async def test_an_upload_that_a_dead_gateway_took_along_is_forgotten(ceph: Ceph, house: House) -> None:
    """Its key goes while the store is down, its receipt comes afterwards; the audit finds all in order."""
    kept = await upload(house)
    try:
        with pytest.raises(Unavailable):
            async with house.vault.receiving(TENANT) as photos:
                await house.vault.put(photos, Kind.PHOTO, 0, cut_short(ceph), len(LONG))
        assert house.key_ids() == {kept.id}
    finally:
        ceph.start_gateway()

    await house.later(60)  # what failed is tried again a little later
    await house.sweep()
    assert (await house.vault.receipt(TENANT, photos.id)).statement.HasField("verify_absent_time")
    assert look(house) == Findings(objects=1, keys=1)
    assert await read(house, kept) == PHOTO


async def test_a_disk_that_stands_still_delays_only_the_removal(ceph: Ceph, house: House) -> None:
    """Every call ends with a typed error; what is deleted meanwhile is unreadable at once, and gone afterwards."""
    kept, (photos, running) = await upload(house), await job(house)
    with ceph.disk_stands_still():
        async with asyncio.timeout(30):
            for attempt in (house.vault.put(running, Kind.RESULT, 1, b"late"), read(house, photos)):
                with pytest.raises(Unavailable, match=r"^the object store does not answer$"):
                    await attempt
            with pytest.raises(Unavailable, match="unreadable, but not all of it is gone"):
                await house.vault.erase(TENANT, running.id, patience_s=0)
        assert house.key_ids() == {kept.id}
        with pytest.raises(NotFound):
            await read(house, photos)

    await house.later(60)
    await house.sweep()
    receipt = await house.vault.receipt(TENANT, running.id)
    assert sum(pile.count for pile in receipt.statement.objects) >= 2
    # What was refused in time may have been written late.
    wait_until(lambda: look(house) == Findings(objects=1, keys=1))
    assert await read(house, kept) == PHOTO


def test_what_was_removed_leaves_the_disk_when_garbage_is_collected(ceph: Ceph, store: S3Store) -> None:
    """Not at once: all but the first piece of an object waits for that. It is ciphertext, and its key is gone."""
    write(store, "a/1", b"x")
    before = ceph.pieces()
    write(store, "a/1", LONG)
    store.remove(store.list())
    assert names(store) == []
    left = ceph.pieces() - before
    assert left

    def collected() -> bool:
        ceph.collect_garbage()
        return not ceph.pieces() & left

    wait_until(collected)


async def cut_short(ceph: Ceph) -> AsyncIterator[bytes]:
    """A body during which the gateway dies."""
    half = len(LONG) // 2
    before = ceph.pieces()
    yield LONG[:half]
    await asyncio.to_thread(wait_until, lambda: ceph.pieces() > before)
    ceph.kill_gateway()
    yield LONG[half:]


def finished(sink: Put, rest: bytes) -> bool:
    try:
        sink.write(rest)
        sink.commit()
    except Unavailable:
        return False
    return True


def contents(store: S3Store) -> list[bytes]:
    return [read_whole(store, name) for name in names(store)]


def begin_multipart(ceph: Ceph, bucket: str) -> None:
    """Some other program's; ours begins none."""
    client = ceph.client()
    upload = client._create_multipart_upload(bucket, "a/2", {})
    client._upload_part(bucket, "a/2", bytes(5 * MEGABYTE), {}, upload, 1)

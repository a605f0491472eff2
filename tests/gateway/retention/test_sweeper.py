"""The sweep: in the right order, in spite of failing stores, before serving and after crashes."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import text

from gateway.retention.database import database_clock
from gateway.retention.duties import Duty
from gateway.retention.holdings import Kind, Terms
from gateway.storage.store import Found, Store
from likeness_wire.errors import NotFound, Unavailable
from services.common.startup import StartupError
from tests.gateway.flaky import GatedKeys, GatedStore, Trouble
from tests.gateway.house import HOUR_S, TENANT, HandClock, House, build_house, job, open_house, read, upload
from tests.running import until


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
async def house(quick_path: Path, trouble: Trouble) -> AsyncIterator[House]:
    async with open_house(quick_path, store=trouble.store, keys=trouble.keystore) as house:
        yield house


def metric(house: House, name: str, **labels: str) -> float:
    value = house.metrics.registry.get_sample_value(name, labels)
    assert value is not None
    return value


async def test_the_key_goes_before_the_objects(house: House, trouble: Trouble) -> None:
    """Then everything is looked for once more."""
    await job(house)
    trouble.asked.clear()
    await house.later(24 * HOUR_S)
    await house.sweep()

    steps = [step for step in trouble.asked if step in ("keys.destroyed", "objects.remove", "objects.list")]
    assert steps[0] == "keys.destroyed"
    assert "objects.remove" in steps
    assert steps[-1] == "objects.list"
    assert steps.index("keys.destroyed") < steps.index("objects.remove")


async def test_a_failing_store_loses_its_key_anyway(house: House, trouble: Trouble) -> None:
    """Nothing opens what is still there; there is no receipt, and the failure is counted."""
    photos = await upload(house)
    trouble.objects = True
    await house.later(24 * HOUR_S)
    await house.sweep()

    assert house.keys.count() == 0
    with pytest.raises(NotFound):
        await house.vault.receipt(TENANT, photos.id)
    assert metric(house, "likeness_erase_failures_total", step="objects") == 1

    trouble.objects = False
    assert len(house.objects()) == 1
    await house.later(2)
    await house.sweep()
    assert house.objects() == []
    assert await house.vault.receipt(TENANT, photos.id)


async def test_a_failing_key_store_leaves_the_objects_for_later(house: House, trouble: Trouble) -> None:
    """The order stands: and reading is refused meanwhile."""
    photos = await upload(house)
    trouble.keys = True
    await house.later(24 * HOUR_S)
    with pytest.raises(Unavailable):
        await house.sweep()
    assert len(house.objects()) == 1
    assert metric(house, "likeness_erase_failures_total", step="key") == 1
    with pytest.raises(NotFound):
        await read(house, photos)

    trouble.keys = False
    await house.later(2)
    await house.sweep()
    assert house.objects() == []
    assert house.keys.count() == 0


async def test_one_that_cannot_be_removed_does_not_keep_the_others(quick_path: Path) -> None:
    """Its turn comes again, later each time; theirs does not wait."""
    poison: set[str] = set()

    class Sticky:
        def __init__(self, store: Store) -> None:
            self._store = store

        def list(self, holding: str | None = None):  # type: ignore[no-untyped-def]
            if holding in poison:
                raise RuntimeError("a bug")
            return self._store.list(holding)

        def __getattr__(self, name: str) -> object:
            return getattr(self._store, name)

    async with open_house(quick_path, store=Sticky) as house:
        first = await upload(house)
        for _ in range(3):
            await upload(house)
        poison.add(first.id)
        await house.later(24 * HOUR_S)
        await house.sweep()
        assert [name.split("/")[0] for name in house.objects()] == [first.id]

        waits = []
        for _ in range(4):
            before = house.clock.ms
            with house.database.reading() as tx:
                retry = tx.execute(text("SELECT retry_time FROM holdings WHERE verified_absent_time IS NULL"))
                waits.append(retry.scalar_one() - before)
            await house.later(waits[-1] / 1000)
            await house.sweep()
        assert waits == [1_000, 2_000, 4_000, 8_000]

        poison.clear()
        await house.later(60)
        await house.sweep()
        assert house.objects() == []


async def test_a_jobs_receipt_waits_for_its_photos(quick_path: Path) -> None:
    """Their store fails when the job's own objects are long gone."""
    failing: set[str] = set()

    class Picky(GatedStore):
        def remove(self, found: Iterable[Found]) -> None:
            items = list(found)
            if any(item.name.split("/")[0] in failing for item in items):
                raise RuntimeError("not these")
            super().remove(items)

    async with open_house(quick_path, store=lambda store: Picky(store, lambda _: None)) as house:
        photos, running = await job(house)
        failing.add(photos.id)
        with pytest.raises(Unavailable):
            await house.vault.erase(TENANT, running.id, patience_s=0)
        assert [name.split("/")[0] for name in house.objects()] == [photos.id]
        assert await house.vault.receipts(TENANT) == []

        failing.clear()
        house.clock.pass_s(5)
        receipt = await house.vault.erase(TENANT, running.id)
        assert receipt.statement.remove_time.ToMilliseconds() == house.clock.ms
        assert receipt.statement.key_destroy_time.ToMilliseconds() == house.clock.ms - 5_000


async def test_a_store_that_only_says_so_gets_no_receipt(quick_path: Path) -> None:
    """It answered that the objects were removed, and they were not: somebody looks."""

    class Liar(GatedStore):
        def remove(self, found: Iterable[Found]) -> None:
            pass

    async with open_house(quick_path, store=lambda store: Liar(store, lambda _: None)) as house:
        photos = await upload(house)
        with pytest.raises(Unavailable, match="it is unreadable"):
            await house.vault.erase(TENANT, photos.id, patience_s=0)

        assert house.keys.count() == 0
        assert metric(house, "likeness_erase_failures_total", step="objects") == 1


async def test_half_written_objects_go_with_their_holding(house: House, quick_path: Path) -> None:
    """What a killed process had begun is found in the store, whether the ledger knows it or not."""
    photos = await upload(house)
    (quick_path / "objects" / photos.id / "abcdef.part").write_bytes(b"half")
    (quick_path / "objects" / photos.id / "123456").write_bytes(b"unknown to the ledger")
    assert len(house.objects()) == 3

    await house.vault.erase(TENANT, photos.id)
    assert house.objects() == []
    assert list((quick_path / "objects").iterdir()) == []


async def test_a_process_that_starts_sweeps_before_it_serves(quick_path: Path) -> None:
    """Nobody was there when the deadline came."""
    clock = HandClock()
    async with open_house(quick_path, clock) as house:
        photos, _ = await job(house)
    clock.pass_s(30 * HOUR_S)

    async with open_house(quick_path, clock) as house:
        assert house.objects() == []
        assert house.keys.count() == 0
        assert (await house.vault.find(TENANT, photos.id)).ended_time == clock.ms


async def test_it_does_not_start_while_a_key_stays_past_its_deadline(quick_path: Path, trouble: Trouble) -> None:
    """Objects may wait for their store; keys may not."""
    clock = HandClock()
    async with open_house(quick_path, clock) as house:
        await upload(house)
    clock.pass_s(30 * HOUR_S)

    trouble.keys = True
    house = build_house(quick_path, clock, keys=trouble.keystore)
    with pytest.raises(StartupError):
        await house.keeper.prepare()
    house.keeper.close()

    trouble.keys, trouble.objects = False, True
    async with open_house(quick_path, clock, store=trouble.store, keys=trouble.keystore) as house:
        assert house.keys.count() == 0


async def test_it_does_not_start_while_destroying_fails(quick_path: Path) -> None:
    """Though the key store answers everything else, and the cap is half an hour away."""

    def gate(what: str) -> None:
        if what == "keys.destroy":
            raise Unavailable(reasons.REASON_PEER_UNAVAILABLE, "read only")

    clock = HandClock()
    async with open_house(quick_path, clock) as house:
        await upload(house)
    clock.pass_s(23.5 * HOUR_S)

    house = build_house(quick_path, clock, keys=lambda keys: GatedKeys(keys, gate))
    with pytest.raises(StartupError, match="does not let go of keys"):
        await house.keeper.prepare()
    house.keeper.close()


async def test_keys_go_at_their_deadline_whatever_became_of_the_ledger(house: House) -> None:
    """It was lost: each key knows itself when it has to go."""
    await job(house)
    with house.database.transaction() as tx:
        for table in ("calls", "objects", "holdings"):
            tx.execute(text(f"DELETE FROM {table}"))
    await house.later(24 * HOUR_S - 1)
    await house.sweep()
    assert house.keys.count() == 2

    await house.later(1)
    await house.sweep()
    assert house.keys.count() == 0


async def test_nothing_that_lives_is_swept(house: House) -> None:
    """Not a millisecond early."""
    photos, running = await job(house)
    await house.later((photos.expire_time - house.clock.ms - 1) / 1000)
    await house.sweep()

    assert await read(house, photos)
    assert await read(house, running, Kind.RESULT)


async def test_more_than_a_batch_is_swept_in_one_go(quick_path: Path) -> None:
    """A day's worth after an outage."""
    async with open_house(quick_path) as house:
        first = await upload(house)
        columns = "tenant, sort, state, first_byte_time, hard_expire_time, expire_time"
        with house.database.transaction() as tx:
            for number in range(450):
                copy = f"INSERT INTO holdings (id, {columns}) SELECT :id, {columns} FROM holdings WHERE id = :first"
                tx.execute(text(copy), {"id": f"{number:032x}", "first": first.id})
        await house.later(24 * HOUR_S)
        await house.sweep()

        assert len(await house.vault.receipts(TENANT, limit=1_000)) == 451


async def test_two_gateways_do_not_sweep_side_by_side(quick_path: Path) -> None:
    """One has the duty while it renews it; another takes over when it does not."""
    async with open_house(quick_path) as house:
        first, second = (Duty(house.database, "sweep", process) for process in ("one", "other"))
        assert first.take()
        assert not second.take()
        house.clock.pass_s(14)
        assert first.take()
        house.clock.pass_s(14)
        assert not second.take()
        house.clock.pass_s(1)
        assert second.take()
        second.lay_down()
        assert first.take()
        second.lay_down()
        assert not second.take()


async def test_the_dashboard_tells_what_is_there(house: House, trouble: Trouble) -> None:
    """Objects by kind, the oldest, what should be gone and is not, keys, how late it went."""
    await job(house, results=3)
    await house.later(60)
    await house.keeper.sweeper.take_stock()
    assert metric(house, "likeness_stored_objects", kind="photo") == 1
    assert metric(house, "likeness_stored_objects", kind="result") == 3
    assert metric(house, "likeness_oldest_object_age_seconds") == 60
    assert metric(house, "likeness_past_deadline_objects") == 0
    assert metric(house, "likeness_live_keys") == 2

    trouble.objects = True
    await house.later(23 * HOUR_S)
    await house.sweep()
    await house.keeper.sweeper.take_stock()
    assert metric(house, "likeness_past_deadline_objects") == 4
    assert metric(house, "likeness_live_keys") == 0

    trouble.objects = False
    await house.later(40)
    await house.sweep()
    await house.keeper.sweeper.take_stock()
    assert metric(house, "likeness_stored_objects", kind="result") == 0
    assert metric(house, "likeness_past_deadline_objects") == 0
    assert metric(house, "likeness_oldest_object_age_seconds") == 0
    assert metric(house, "likeness_receipts_issued_total") == 1
    # Both holdings, from their deadline, a minute before the failing sweep, to now.
    assert metric(house, "likeness_deletion_lag_seconds_sum") == 2 * (60 + 40)


async def test_the_background_sweep_goes_on_after_an_error(quick_path: Path, trouble: Trouble) -> None:
    """With the real clock: what expires is gone a moment later, though the key store was away at first."""
    terms = Terms(uploads_ms=200)
    options = {"database_clock": database_clock, "keys": trouble.keystore, "terms": terms}
    house = build_house(quick_path, HandClock(), **options)  # type: ignore[arg-type]
    async with house.keeper.at_work(0.02):
        await upload(house)
        trouble.keys = True
        await until(lambda: metric(house, "likeness_erase_failures_total", step="key") > 0)
        trouble.keys = False
        await until(lambda: house.objects() == [], timeout_s=10)
    house.keeper.close()

"""Calls in flight: no receipt while one has a face in its hands, in this process or another, alive or dead."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import text

from gateway.retention.holdings import Holding, Kind
from likeness_wire.errors import NotFound, Unavailable
from tests.gateway.house import HOUR_S, PHOTO, TENANT, House, job, open_house, read, upload
from tests.running import until


@pytest.fixture
async def house(quick_path: Path) -> AsyncIterator[House]:
    async with open_house(quick_path) as house:
        yield house


@pytest.fixture
async def other(house: House) -> AsyncIterator[House]:
    """Another gateway on the same database and stores."""
    async with open_house(house.folder, house.clock) as other:
        yield other


class Call:
    """A call to a service that works until it is cancelled, and then takes a while to let go."""

    def __init__(self, house: House, holding: Holding) -> None:
        self.begun = False
        self.cancelled = False
        self.let_go = asyncio.Event()
        self.task = asyncio.ensure_future(self._run(house, holding))

    async def _run(self, house: House, holding: Holding) -> None:
        async with house.vault.in_flight(holding.tenant, holding.id):
            self.begun = True
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                await self.let_go.wait()
                raise


async def begun(house: House, holding: Holding) -> Call:
    call = Call(house, holding)
    await until(lambda: call.begun)
    return call


async def is_concluded(house: House, holding: Holding) -> bool:
    try:
        await house.vault.receipt(TENANT, holding.id)
    except NotFound:
        return False
    return True


async def test_a_receipt_waits_for_the_calls_of_its_job(house: House) -> None:
    """They are cancelled at once; keys and objects do not wait for them, the receipt does."""
    _, running = await job(house)
    call = await begun(house, running)

    erasing = asyncio.ensure_future(house.vault.erase(TENANT, running.id))
    await until(lambda: call.cancelled and house.objects() == [])
    assert house.keys.count() == 0
    assert not await is_concluded(house, running)

    house.clock.pass_s(7)
    call.let_go.set()
    receipt = await erasing
    assert receipt.statement.calls_end_time.ToMilliseconds() == house.clock.ms
    assert receipt.statement.key_destroy_time.ToMilliseconds() == house.clock.ms - 7_000
    with pytest.raises(NotFound) as failure:
        await call.task
    assert failure.value.reason == reasons.REASON_EXPIRED


async def test_calls_of_another_gateway_are_found_and_end(house: House, other: House) -> None:
    """It asks the database about its own calls at every beat."""
    _, running = await job(house)
    call = await begun(other, running)
    erasing = asyncio.ensure_future(house.vault.erase(TENANT, running.id))
    await until(lambda: house.objects() == [])
    assert not call.cancelled

    await other.keeper.in_flight.beat()
    await until(lambda: call.cancelled)
    call.let_go.set()
    assert await erasing
    with pytest.raises(NotFound):
        await call.task


async def test_a_deadline_ends_calls_without_a_sweep(house: House) -> None:
    """The process that has them sees the time come."""
    _, running = await job(house)
    call = await begun(house, running)
    await house.later((running.expire_time - house.clock.ms) / 1000)
    call.let_go.set()

    with pytest.raises(NotFound):
        await call.task


async def test_a_gateway_that_dies_does_not_keep_a_receipt_for_ever(house: House) -> None:
    """Once its lease has run out, its calls count for nothing."""
    photos = await upload(house)
    with house.database.transaction() as tx:
        tx.execute(text("INSERT INTO processes VALUES ('dead', :until)"), {"until": house.clock.ms + 30_000})
        tx.execute(text("INSERT INTO calls VALUES ('its call', :holding, 'dead')"), {"holding": photos.id})
    await house.later(24 * HOUR_S - 35)
    with house.database.transaction() as tx:
        tx.execute(
            text("UPDATE processes SET lease_time = :until WHERE id = 'dead'"), {"until": house.clock.ms + 30_000}
        )

    with pytest.raises(Unavailable, match="it is unreadable"):
        await house.vault.erase(TENANT, photos.id, patience_s=0.2)
    assert house.objects() == []
    await house.later(30)
    assert await house.vault.erase(TENANT, photos.id)


async def test_a_gateway_that_was_asleep_drops_its_calls(house: House) -> None:
    """Its lease ran out: others may have gone on without it, so it begins anew."""
    _, running = await job(house)
    call = await begun(house, running)
    house.clock.pass_s(31)
    with pytest.raises(Unavailable, match="cut off"):
        await read(house, running, Kind.RESULT)

    await house.keeper.in_flight.beat()
    call.let_go.set()
    with pytest.raises(NotFound):
        await call.task
    assert await read(house, running, Kind.RESULT)


async def test_a_gateway_without_its_database_ends_its_calls_before_others_do(quick_path: Path) -> None:
    """After twenty seconds of thirty; what it could not say, it says when the database is back."""
    async with open_house(quick_path) as house:
        _, running = await job(house)
        keeping = asyncio.ensure_future(house.keeper.in_flight.keep_alive(every_s=0.01))
        call = await begun(house, running)
        with away(house):
            house.clock.pass_s(19)
            await asyncio.sleep(0.05)
            assert not call.cancelled
            house.clock.pass_s(2)
            await until(lambda: call.cancelled)
            call.let_go.set()
            with pytest.raises(NotFound):
                await call.task
        await until(lambda: rows(house, "calls") == 0)
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def test_no_call_begins_after_the_end(house: House) -> None:
    """Entering and ending are serialised by the database."""
    _, running = await job(house)
    await house.vault.erase(TENANT, running.id)
    with pytest.raises(NotFound):
        async with house.vault.in_flight(TENANT, running.id):
            pytest.fail("it has ended")
    assert rows(house, "calls") == 0


async def test_a_call_within_a_call_is_the_same_one(house: House) -> None:
    """On record once, in tasks begun inside too; and what is left behind of a call that has ended is not covered."""
    holding = await upload(house, photos=2)
    left_behind = asyncio.Event()
    seen: list[int] = []

    async def look() -> None:
        async with house.vault.in_flight(TENANT, holding.id):
            seen.append(rows(house, "calls"))

    async def look_later() -> None:
        await left_behind.wait()
        await look()

    async with house.vault.in_flight(TENANT, holding.id):
        await look()
        assert PHOTO == await read(house, holding)
        await asyncio.gather(look(), look())
        late = asyncio.ensure_future(look_later())
    assert [1, 1, 1] == seen
    assert 0 == rows(house, "calls")

    left_behind.set()
    await late
    assert [1, 1, 1, 1] == seen, "on record again, for itself"


async def test_a_cancelled_caller_stays_cancelled(house: House) -> None:
    """Somebody else's cancellation is not taken for an expiry."""
    _, running = await job(house)
    call = await begun(house, running)
    call.let_go.set()
    call.task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call.task
    assert rows(house, "calls") == 0
    assert await read(house, running, Kind.RESULT)


async def test_a_write_that_is_cancelled_leaves_nothing(house: House) -> None:
    """In mid-stream, by a deletion: the object is gone with the rest, and the sender is told."""
    begun_writing = asyncio.Event()

    async def slow():  # type: ignore[no-untyped-def]
        yield PHOTO
        begun_writing.set()
        await asyncio.Event().wait()

    photos = await house.vault.open_upload(TENANT)
    writing = asyncio.ensure_future(house.vault.put(photos, Kind.PHOTO, 0, slow(), 2 * len(PHOTO)))
    await begun_writing.wait()
    assert len(house.objects()) == 1

    receipt = await house.vault.erase(TENANT, photos.id)
    assert house.objects() == []
    assert list(receipt.statement.objects) == []
    with pytest.raises(NotFound):
        await writing


async def test_rows_of_long_dead_gateways_are_forgotten(house: House) -> None:
    """Pods come and go."""
    photos = await upload(house)
    with house.database.transaction() as tx:
        tx.execute(text("INSERT INTO processes VALUES ('dead', :since)"), {"since": house.clock.ms})
        tx.execute(text("INSERT INTO calls VALUES ('its call', :holding, 'dead')"), {"holding": photos.id})
    await house.later(301)
    await house.sweep()

    assert rows(house, "calls") == 0
    assert rows(house, "processes") == 1


def rows(house: House, table: str) -> int:
    with house.database.reading() as tx:
        return tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


@contextlib.contextmanager
def away(house: House):  # type: ignore[no-untyped-def]
    """The database file cannot be reached."""
    path = house.folder / "jobs.sqlite"
    house.database.engine.dispose()
    moved = [file.rename(file.with_name("away-" + file.name)) for file in house.folder.glob("jobs.sqlite*")]
    path.mkdir()
    try:
        yield
    finally:
        house.database.engine.dispose()
        path.rmdir()
        for file in moved:
            file.rename(file.with_name(file.name.removeprefix("away-")))

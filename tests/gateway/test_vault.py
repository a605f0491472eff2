"""What a caller of the vault relies on: what goes in comes out, for whom it should, until when it should."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import receipt_pb2
from sqlalchemy import Connection, text

from gateway.retention.holdings import HOUR_MS, Holding, Kind, State
from likeness_wire.errors import BadRequest, Conflict, Internal, LikenessError, NotFound, Unavailable, WrongState
from services.common.startup import StartupError
from tests.gateway.flaky import GatedStore
from tests.gateway.house import HOUR_S, PHOTO, TENANT, HandClock, House, job, open_house, read, upload

ANOTHER = "tenant-b"


@pytest.fixture
async def house(quick_path: Path):  # type: ignore[no-untyped-def]
    async with open_house(quick_path) as house:
        yield house


@pytest.fixture
def clock(house: House) -> HandClock:
    return house.clock


def reason_of(failure: pytest.ExceptionInfo[LikenessError]) -> int:
    return failure.value.reason


async def gone(house: House, holding: Holding, kind: Kind = Kind.PHOTO) -> bool:
    """Whether reading says that it has been forgotten."""
    try:
        await read(house, holding, kind)
    except NotFound as error:
        assert error.reason == reasons.REASON_EXPIRED
        return True
    return False


async def test_what_was_put_is_read(house: House) -> None:
    """Whole, and in part."""
    photos = await upload(house)

    assert await read(house, photos) == PHOTO
    async with house.vault.reading(TENANT, photos.id, Kind.PHOTO, 0, 70_000, 1_000) as content:
        assert content.size_bytes == 1_000
        assert await content.whole() == PHOTO[70_000:71_000]
    assert [(stored.kind, stored.size_bytes) for stored in await house.vault.stored(TENANT, photos.id)] == [
        (Kind.PHOTO, len(PHOTO))
    ]


async def test_what_lies_in_the_store_is_not_what_was_put(house: House) -> None:
    """Ciphertext under names that say nothing but to what it belongs."""
    photos = await upload(house)
    (name,) = house.objects()

    assert name.startswith(f"{photos.id}/")
    with contextlib.closing(house.store.open(name)) as source:
        assert PHOTO[:24] not in source.read()


async def test_a_stream_is_stored_as_it_comes(house: House) -> None:
    """With the size announced; anything else leaves nothing."""

    async def pieces(count: int):  # type: ignore[no-untyped-def]
        for _ in range(count):
            yield b"0123456789" * 10_000

    async with house.vault.receiving(TENANT) as photos:
        assert await house.vault.put(photos, Kind.PHOTO, 0, pieces(5), 500_000)
        with pytest.raises(ValueError, match="missing"):
            await house.vault.put(photos, Kind.PHOTO, 1, pieces(4), 500_000)

    assert len(house.objects()) == 1
    assert await read(house, photos) == b"0123456789" * 50_000


async def test_nothing_is_no_object(house: House) -> None:
    """Neither bytes of which there are none, nor a stream that says so."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"more than was said"

    async with house.vault.receiving(TENANT) as photos:
        with pytest.raises(BadRequest):
            await house.vault.put(photos, Kind.PHOTO, 0, b"")
        with pytest.raises(BadRequest):
            await house.vault.put(photos, Kind.PHOTO, 0, pieces(), 0)

    assert [] == house.objects()


async def test_a_place_is_filled_once(house: House) -> None:
    """A repeated step changes nothing, and leaves nothing beside it."""
    _, running = await job(house)

    assert not await house.vault.put(running, Kind.RESULT, 0, b"another")
    assert await read(house, running, Kind.RESULT) == b"result 0"
    assert len(house.objects()) == 2


async def test_of_two_that_fill_a_place_at_once_one_does(house: House) -> None:
    """Both are told the truth, and the other's bytes are gone."""
    _, running = await job(house, results=0)
    both_began = asyncio.Barrier(2)

    async def slowly(content: bytes):  # type: ignore[no-untyped-def]
        await both_began.wait()
        yield content

    contents = (b"first", b"other")
    stored = await asyncio.gather(
        *(house.vault.put(running, Kind.RESULT, 0, slowly(content), 5) for content in contents)
    )

    assert sorted(stored) == [False, True]
    assert await read(house, running, Kind.RESULT) == contents[stored.index(True)]
    assert len(house.objects()) == 2


async def test_the_deadline_is_a_day_after_the_first_byte(house: House, clock: HandClock) -> None:
    """For photos and everything made of them, though the job begins hours later."""
    begun = clock.ms
    photos = await upload(house)
    await house.later(5 * HOUR_S)
    running = await house.vault.adopt(TENANT, photos.id)

    assert photos.hard_expire_time == running.hard_expire_time == begun + 24 * HOUR_MS
    assert running.expire_time == begun + 23 * HOUR_MS


async def test_nothing_is_read_at_its_deadline(house: House, clock: HandClock) -> None:
    """To the millisecond, though nobody has swept and everything still lies there."""
    photos = await upload(house)
    await house.later((photos.expire_time - 1 - clock.ms) / 1000)
    assert await read(house, photos) == PHOTO

    clock.ms += 1
    assert await gone(house, photos)
    for attempt in (
        house.vault.stored(TENANT, photos.id),
        house.vault.put(photos, Kind.IDENTITY, 0, b"late"),
        house.vault.adopt(TENANT, photos.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert len(house.objects()) == 1
    assert house.keys.count() == 1


async def test_a_read_ends_at_the_deadline_in_mid_object(house: House, clock: HandClock) -> None:
    """Who began in time does not finish late."""
    async with house.vault.receiving(TENANT) as photos:
        await house.vault.put(photos, Kind.PHOTO, 0, PHOTO * 10)
    await house.later((photos.expire_time - 1 - clock.ms) / 1000)
    async with house.vault.reading(TENANT, photos.id, Kind.PHOTO, 0) as content:
        pieces = aiter(content)
        assert await anext(pieces)
        clock.ms += 1
        with pytest.raises(NotFound):
            await anext(pieces)


async def test_deadlines_only_move_earlier(house: House, clock: HandClock) -> None:
    """A later one changes nothing; a job takes its photos along; a longer wish is cut."""
    photos = await upload(house)
    running = await house.vault.adopt(TENANT, photos.id, timedelta(hours=30))
    assert running.expire_time == running.first_byte_time + 23 * HOUR_MS

    assert (await house.vault.shorten(TENANT, running.id, timedelta(hours=2))).expire_time == clock.ms + 2 * HOUR_MS
    assert (await house.vault.shorten(TENANT, running.id, timedelta(hours=9))).expire_time == clock.ms + 2 * HOUR_MS
    assert (await house.vault.find(TENANT, photos.id)).expire_time == clock.ms + 2 * HOUR_MS


async def test_an_upload_that_breaks_off_is_gone_at_once(house: House) -> None:
    """Key, objects, everything; and there is proof of it."""
    with pytest.raises(ConnectionError):
        async with house.vault.receiving(TENANT) as photos:
            await house.vault.put(photos, Kind.PHOTO, 0, PHOTO)
            raise ConnectionError

    assert house.objects() == []
    assert house.keys.count() == 0
    receipt = await house.vault.receipt(TENANT, photos.id)
    assert receipt.statement.cause == receipt_pb2.CAUSE_INCOMPLETE
    assert [(pile.kind, pile.count) for pile in receipt.statement.objects] == [("photo", 1)]


async def test_an_upload_whose_gateway_died_is_given_up(house: House, clock: HandClock) -> None:
    """Nobody seals it within ten minutes."""
    photos = await house.vault.open_upload(TENANT)
    await house.vault.put(photos, Kind.PHOTO, 0, PHOTO)
    await house.later(599)
    await house.sweep()
    assert len(house.objects()) == 1

    await house.later(1)
    await house.sweep()
    assert house.objects() == []
    assert house.keys.count() == 0


async def test_an_upload_belongs_to_one_job(house: House) -> None:
    """The second is told so, and leaves no key behind."""
    photos = await upload(house)
    await house.vault.adopt(TENANT, photos.id)
    with pytest.raises(WrongState) as failure:
        await house.vault.adopt(TENANT, photos.id)

    assert reason_of(failure) == reasons.REASON_UPLOAD_ADOPTED
    assert house.keys.count() == 2


async def test_an_upload_that_is_still_arriving_is_not_adopted(house: House) -> None:
    """Half of the photos would be another person's job."""
    photos = await house.vault.open_upload(TENANT)
    with pytest.raises(WrongState) as failure:
        await house.vault.adopt(TENANT, photos.id)

    assert reason_of(failure) == reasons.REASON_WRONG_STATE


async def test_a_job_begins_with_its_callers_rows_or_not_at_all(house: House) -> None:
    """They join the transaction; what they raise undoes it, the job's key included."""
    photos = await upload(house)

    def refuse(tx: Connection, job: Holding) -> None:
        tx.execute(text("CREATE TABLE callers_jobs (id TEXT)"))
        raise Conflict(reasons.REASON_REQUEST_ID_REUSED, "another request has this id")

    def accept(tx: Connection, job: Holding) -> None:
        tx.execute(text("CREATE TABLE callers_jobs (id TEXT)"))
        tx.execute(text("INSERT INTO callers_jobs VALUES (:id)"), {"id": job.id})

    with pytest.raises(Conflict):
        await house.vault.adopt(TENANT, photos.id, also=refuse)
    assert house.key_ids() == {photos.id}

    running = await house.vault.adopt(TENANT, photos.id, also=accept)
    with house.database.reading() as tx:
        assert tx.execute(text("SELECT id FROM callers_jobs")).scalars().all() == [running.id]


async def test_photos_go_an_hour_after_their_job_and_results_stay(house: House, clock: HandClock) -> None:
    """The job's key is another one."""
    photos, running = await job(house)
    await house.later(3 * HOUR_S)
    finished = await house.vault.finish(TENANT, running.id)
    assert finished.state is State.FINISHED
    assert finished == await house.vault.finish(TENANT, running.id)

    await house.later(HOUR_S - 1)
    await house.sweep()
    assert await read(house, photos) == PHOTO

    await house.later(1)
    await house.sweep()
    assert await gone(house, photos)
    assert await read(house, running, Kind.RESULT) == b"result 0"
    assert house.key_ids() == {running.id}

    await house.later(19 * HOUR_S)
    await house.sweep()
    assert await gone(house, running, Kind.RESULT)
    assert house.objects() == []


async def test_a_cancelled_job_forgets_its_photos_now(house: House) -> None:
    """What had been kept stays."""
    photos, running = await job(house)
    await house.vault.finish(TENANT, running.id, forget_photos=True)
    await house.sweep()

    assert await gone(house, photos)
    assert await read(house, running, Kind.RESULT) == b"result 0"


@pytest.mark.parametrize("which", ["upload", "job"])
async def test_deleting_either_destroys_both(house: House, which: str) -> None:
    """Upload or job: one receipt, of the job, about everything."""
    photos, running = await job(house, results=2)

    receipt = await house.vault.erase(TENANT, photos.id if which == "upload" else running.id)

    assert house.objects() == []
    assert house.keys.count() == 0
    assert receipt.statement.subject == f"tenants/{TENANT}/jobs/{running.id}"
    assert {pile.kind: pile.count for pile in receipt.statement.objects} == {"photo": 1, "result": 2}
    assert receipt == await house.vault.receipt(TENANT, running.id)
    assert await gone(house, photos)
    assert await gone(house, running, Kind.RESULT)


async def test_deleting_twice_gives_the_same_receipt(house: House) -> None:
    """Safe to retry."""
    photos = await upload(house)
    receipt = await house.vault.erase(TENANT, photos.id)

    assert receipt.signature
    assert receipt == await house.vault.erase(TENANT, photos.id)


async def test_photos_that_expire_under_a_running_job_end_it(house: House, clock: HandClock) -> None:
    """It cannot go on without them."""
    async with house.vault.receiving(TENANT, timedelta(hours=1)) as photos:
        await house.vault.put(photos, Kind.PHOTO, 0, PHOTO)
    running = await house.vault.adopt(TENANT, photos.id)
    assert running.expire_time == running.first_byte_time + 23 * HOUR_MS

    await house.later(HOUR_S)
    await house.sweep()
    assert house.keys.count() == 0
    assert (await house.vault.find(TENANT, running.id)).ended_time == clock.ms


async def test_what_has_ended_takes_nothing_more(house: House) -> None:
    """Neither objects, nor jobs, nor another end."""
    photos, running = await job(house)
    await house.vault.erase(TENANT, running.id)

    for attempt in (
        house.vault.put(running, Kind.RESULT, 5, b"late"),
        house.vault.put(photos, Kind.IDENTITY, 0, b"late"),
        house.vault.adopt(TENANT, photos.id),
        house.vault.finish(TENANT, running.id),
        house.vault.shorten(TENANT, running.id, timedelta(1)),
        house.vault.stored(TENANT, running.id),
    ):
        with pytest.raises(NotFound) as failure:
            await attempt
        assert reason_of(failure) == reasons.REASON_EXPIRED
    assert house.objects() == []


async def test_anothers_holding_does_not_exist(house: House) -> None:
    """For every question that can be asked, the answer is that of a name that never was."""
    photos, running = await job(house)
    await house.vault.erase(TENANT, (await upload(house)).id)

    async def answers(tenant: str, upload: str, job: str) -> list[tuple[int, str]]:
        async def read_it() -> None:
            async with house.vault.reading(tenant, upload, Kind.PHOTO, 0):
                pass

        async def work_on_it() -> None:
            async with house.vault.in_flight(tenant, job):
                pass

        said = []
        for attempt in (
            read_it(),
            work_on_it(),
            house.vault.adopt(tenant, upload),
            house.vault.finish(tenant, job),
            house.vault.shorten(tenant, job, timedelta(1)),
            house.vault.stored(tenant, upload),
            house.vault.find(tenant, upload),
            house.vault.erase(tenant, job),
        ):
            with pytest.raises(NotFound) as failure:
                await attempt
            said.append((failure.value.reason, failure.value.message))
        return said

    assert await answers(ANOTHER, photos.id, running.id) == await answers(TENANT, "0" * 32, "1" * 32)
    assert await house.vault.receipts(ANOTHER) == []
    assert await read(house, photos) == PHOTO


async def test_an_edited_deadline_in_the_ledger_opens_nothing(house: House) -> None:
    """Whoever writes the job database cannot prolong a life: the deadline is in the ciphertext."""
    photos = await upload(house)
    with house.database.transaction() as tx:
        tx.execute(text("UPDATE holdings SET hard_expire_time = hard_expire_time + 1"))

    with pytest.raises(Internal, match="is not what was stored"):
        await read(house, photos)


async def test_exchanged_objects_do_not_open(house: House) -> None:
    """The ledger says they are each other: the ciphertext does not."""
    async with house.vault.receiving(TENANT) as photos:
        for index in range(2):
            await house.vault.put(photos, Kind.PHOTO, index, PHOTO)
    with house.database.transaction() as tx:
        tx.execute(text('UPDATE objects SET "index" = "index" + 10'))
        tx.execute(text('UPDATE objects SET "index" = 11 - "index"'))

    with pytest.raises(Internal, match="is not what was stored"):
        await read(house, photos)


async def test_an_object_that_somebody_removed_is_our_fault(house: House) -> None:
    """It is live, and it is not there: not the caller's doing, and no expiry."""
    photos = await upload(house)
    house.store.remove(house.store.list())

    with pytest.raises(Internal, match="missing"):
        await read(house, photos)


async def test_while_the_storage_keeps_what_is_deleted_nothing_is_taken_in(quick_path: Path) -> None:
    """Somebody switched versioning on: what is there is still read and let go. An unanswered check says nothing."""
    problems: list[Exception] = []

    class Checked(GatedStore):
        def check(self) -> None:
            if problems:
                raise problems[0]

    async with open_house(quick_path, store=lambda store: Checked(store, lambda _: None)) as house:
        photos = await upload(house)
        problems.append(StartupError("it has versioning"))
        await house.keeper.check_again()
        with pytest.raises(WrongState) as failure:
            await upload(house)
        assert reason_of(failure) == reasons.REASON_NOT_CONFIGURED
        assert house.metrics.registry.get_sample_value("likeness_store_misconfigured") == 1
        assert await read(house, photos) == PHOTO
        assert await house.vault.erase(TENANT, photos.id)

        problems[0] = Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")
        await house.keeper.check_again()
        assert house.metrics.registry.get_sample_value("likeness_store_misconfigured") == 1

        problems.clear()
        await house.keeper.check_again()
        assert house.metrics.registry.get_sample_value("likeness_store_misconfigured") == 0
        assert await upload(house)

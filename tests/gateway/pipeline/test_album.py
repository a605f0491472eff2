"""What callers see of jobs: replays, looks, records, downloads; of nobody else's, and of nothing forgotten."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, Role
from likeness.common.v1.work_pb2 import Timing
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.event_pb2 import JobEvent
from likeness.gateway.v1.gateway_pb2 import WatchJobResponse

from gateway.jobs.port import Passing
from gateway.pipeline.broadcast import Broadcast
from gateway.pipeline.events import Looked
from gateway.pipeline.records import Records
from likeness_wire.chunks import Accept, chunks_of, incoming
from likeness_wire.errors import BadRequest, NotFound
from services.common.images import sniff
from tests.gateway.house import TENANT
from tests.gateway.jobs.toy import until
from tests.gateway.pipeline.shop import SEED, Gate, Shop, id_of, open_shop, spec
from tests.stand_ins import StandIns, by_try

DRIFTS = {(0, 1): 0.5, (1, 1): 0.6, (1, 2): 0.6, (1, 3): 0.6, (1, 4): 0.6}


def _kinds(events: list[JobEvent]) -> list[str]:
    return [event.WhichOneof("event") or "" for event in events]


async def test_the_events_of_a_job_tell_all_of_it(shop: Shop) -> None:
    """From the queue to its end: stages, each try by its record's name, each result as GetJob has it."""
    shop.services.verifier.drift = by_try(SEED, DRIFTS)
    job = await shop.made(spec(2))
    events = await shop.events(id_of(job.name))
    states = [(each.state.state, each.state.stage) for each in events if each.HasField("state")]

    assert [event.offset for event in events] == list(range(1, len(events) + 1))
    assert sorted(_kinds(events)) == sorted(["state"] * 5 + ["judged"] * 6 + ["result", "given_up"])
    assert states == [
        (job_pb2.STATE_QUEUED, 0),
        (job_pb2.STATE_RUNNING, 0),
        (job_pb2.STATE_RUNNING, job_pb2.STAGE_EMBED),
        (job_pb2.STATE_RUNNING, job_pb2.STAGE_GENERATE),
        (job_pb2.STATE_PARTIAL, 0),
    ]
    assert events[0].state.progress.wanted == events[-1].state.progress.wanted == 2
    (stored,) = [each.result for each in events if each.HasField("result")]
    assert stored.result == job.results[0]
    assert (stored.picture.style, stored.picture.picture, stored.picture.pictures) == ("plain", 0, 2)
    tries = {each.name: each for each in await shop.album.tries(TENANT, id_of(job.name))}
    for each in (event.judged for event in events if event.HasField("judged")):
        record = tries[each.try_name]
        assert (each.outcome, each.drift) == (record.outcome, record.drift)
        assert (each.picture.picture, each.picture.attempt) == (record.picture, record.attempt)
        assert each.picture.seed == record.rendering.seed


async def test_a_watcher_comes_back_with_any_offset(shop: Shop) -> None:
    """No event is lost or told twice, and each says the same; beyond the last one is refused."""
    shop.services.verifier.drift = by_try(SEED, DRIFTS)
    job = id_of((await shop.made(spec(2))).name)
    events = await shop.events(job)

    for offset in range(len(events) + 1):
        assert await shop.events(job, offset) == events[offset:]
    with pytest.raises(BadRequest):
        await shop.events(job, len(events) + 1)


async def test_watching_while_it_runs_tells_steps_and_looks(shop: Shop) -> None:
    """Looks only where they are asked for, each a JPEG right behind its announcement."""
    gate = Gate()
    shop.services.generator.pause = gate.render
    job = await shop.begin()
    seen, without = list[WatchJobResponse](), list[WatchJobResponse]()
    watching = asyncio.gather(_watch(shop, job, seen, previews=True), _watch(shop, job, without, previews=False))
    await gate.reached.wait()
    await until(lambda: seen and without)  # from now on both hear what passes
    gate.go.set()
    await watching

    steps = [each.event.step for each in seen if each.event.HasField("step")]
    assert {each.stage for each in steps} >= {job_pb2.STAGE_VERIFY, job_pb2.STAGE_STORE}
    assert all(each.picture.seed == SEED for each in steps)
    assert not [each for each in without if each.HasField("chunk") or each.event.HasField("preview")]
    assert [each.event.offset for each in seen if each.event.HasField("result")] == [6]


async def test_looks_are_whole_blobs(shop: Shop) -> None:
    """As WatchJob sends them."""
    job = id_of((await shop.made()).name)
    records = Records(shop.house.vault, await shop.house.vault.find(TENANT, job))
    look = Passing(0, Looked(0, 1, SEED, 3, b"\xff\xd8\xff a look"))
    announced, *chunks = [each async for each in Broadcast(records, lambda: 0, 0, previews=True).responses(look)]

    async def sent() -> AsyncIterator[WatchJobResponse]:
        for chunk in chunks:
            yield chunk

    accept = Accept({Role.ROLE_PREVIEW: frozenset({KIND_JPEG})}, max_bytes=65536, max_blobs=1)
    (blob,) = [await arriving.whole() async for arriving in incoming(chunks_of(sent()), accept)]
    assert (announced.event.preview.step, announced.event.preview.picture.style) == (3, "plain")
    assert bytes(blob.data) == b"\xff\xd8\xff a look"
    silent = Broadcast(records, lambda: 0, 0, previews=False)
    assert not [each async for each in silent.responses(look)]


async def test_a_long_silence_is_broken(quick_path: Path, services: StandIns) -> None:
    """So that a client can tell a broken connection."""
    gate = Gate()
    services.generator.pause = gate.render
    async with open_shop(quick_path / "silent", services, pulse_s=0.05) as shop:
        job = await shop.begin()
        alive = 0
        async with contextlib.aclosing(shop.album.watch(TENANT, job)) as watched:
            async for response in watched:
                alive += response.event.HasField("alive")
                if alive == 3:
                    break
        gate.go.set()
        assert (await shop.ended(job)).state == job_pb2.STATE_SUCCEEDED


async def test_records_come_in_pages_in_the_order_rendered(shop: Shop) -> None:
    """Each names itself, and the result that it became."""
    shop.services.verifier.drift = by_try(SEED, DRIFTS)
    job = await shop.made(spec(2))
    whole = await shop.album.tries(TENANT, id_of(job.name))
    pages = [await shop.album.tries(TENANT, id_of(job.name), after, 4) for after in (0, 4, 8)]

    assert [len(page) for page in pages] == [4, 2, 0]
    assert pages[0] + pages[1] == whole
    assert [id_of(each.name) for each in whole] == [str(number) for number in range(1, 7)]
    assert [each.result for each in whole if each.result] == [job.results[0].name]
    assert all(each.prompt.startswith("photo of a person, portrait") for each in whole)
    assert all(each.negative == "always unwanted, cartoon" for each in whole)
    stages = [timing.stage for timing in whole[0].timings]
    assert [stage for stage in stages if "." not in stage] == ["generate", "verify", "finish"]
    assert {"generate.turn", "generate.queue", "generate.decode", "verify.turn"} <= set(stages)


async def test_a_result_is_read_in_parts(shop: Shop) -> None:
    """Any part is that of the whole."""
    job = id_of((await shop.made()).name)
    whole = await shop.download(job)

    assert await shop.download(job, start=10, length=100) == whole[10:110]
    assert await shop.download(job, start=len(whole) - 5, length=100) == whole[-5:]
    assert await shop.download(job, start=1000) == whole[1000:]
    with pytest.raises(BadRequest):
        await shop.download(job, start=len(whole))
    for number in (0, 2):
        with pytest.raises(NotFound):
            await shop.download(job, number)


async def test_thumbnails_are_of_results_and_of_tries(shop: Shop) -> None:
    """The result's is that of the try it came from."""
    shop.services.verifier.drift = by_try(SEED, {(0, 1): 0.5})
    job = id_of((await shop.made()).name)

    async def thumbnail(number: int, *, of_try: bool) -> bytes:
        async with shop.album.thumbnail(TENANT, job, number, of_try=of_try) as content:
            return await content.whole()

    rejected, kept, result = [await thumbnail(*each[:1], of_try=each[1]) for each in ((1, True), (2, True), (1, False))]
    assert sniff(rejected) == sniff(kept) == KIND_JPEG
    assert kept == result != rejected
    with pytest.raises(NotFound):
        await thumbnail(3, of_try=True)


async def test_a_job_in_a_list_says_how_far_it_is(shop: Shop) -> None:
    """Without spec and results; otherwise as GetJob has it."""
    whole = await shop.made(spec(2, 1))
    (found,) = (await shop.jobs.list(TENANT)).jobs
    brief = await shop.album.brief(found)

    assert not brief.HasField("spec")
    assert not brief.results
    assert brief.progress == whole.progress
    assert [(style.wanted, style.kept) for style in brief.progress.styles] == [(2, 2), (1, 1)]
    for name in ("name", "state", "create_time", "end_time", "photos_expire_time", "expire_time", "hard_expire_time"):
        assert getattr(brief, name) == getattr(whole, name)


async def test_a_job_names_its_times_and_its_makers(shop: Shop) -> None:
    """Photos go an hour after its end at the latest; its own time is that of its holding."""
    job = await shop.made(spec(1, long_side=640))
    whole = [timing for timing in job.timings if "." not in timing.stage]

    assert [timing.stage for timing in whole] == ["generate", "verify", "upscale", "verify-enlarged", "finish"]
    assert all(isinstance(timing, Timing) and timing.duration.ToNanoseconds() > 0 for timing in whole)
    assert {maker.engine for maker in job.made_by} == {"insightface", "diffusion", "esrgan"}
    assert job.create_time.ToMilliseconds() <= job.start_time.ToMilliseconds() <= job.end_time.ToMilliseconds()
    assert job.expire_time.seconds <= job.hard_expire_time.seconds
    assert job.results[0].expire_time == job.expire_time == job.spec.expire_time
    assert job.photos_expire_time.seconds - job.end_time.seconds == pytest.approx(3600, abs=2)


async def test_a_job_that_has_ended_says_the_same_until_its_time_changes(shop: Shop) -> None:
    """However often it is asked; and when its time is moved forward, that at once."""
    job = id_of((await shop.made()).name)
    before = await shop.album.job(TENANT, job)
    assert before == await shop.album.job(TENANT, job)

    await shop.house.vault.shorten(TENANT, job, timedelta(minutes=5))
    after = await shop.album.job(TENANT, job)
    assert after.expire_time.seconds < before.expire_time.seconds
    assert after.results[0].expire_time == after.expire_time


async def test_another_tenant_sees_nothing(shop: Shop) -> None:
    """Not even that there is something."""
    job = id_of((await shop.made()).name)
    with pytest.raises(NotFound) as refused:
        await shop.album.job("tenant-b", job)
    assert refused.value.reason == reasons.REASON_NOT_FOUND
    with pytest.raises(NotFound):
        await shop.album.tries("tenant-b", job)
    with pytest.raises(NotFound):
        async for _ in shop.album.watch("tenant-b", job):
            pass
    with pytest.raises(NotFound):
        async with shop.album.reading("tenant-b", job, 1):
            pass


async def test_a_job_that_is_deleted_while_it_is_watched_ends_the_stream(shop: Shop) -> None:
    """With EXPIRED; and nothing of it can be read any more."""
    gate = Gate()
    shop.services.generator.pause = gate.render
    job = await shop.begin()
    watching = asyncio.create_task(_watch(shop, job, [], previews=False))
    await gate.reached.wait()
    await shop.house.vault.erase(TENANT, job)

    with pytest.raises(NotFound) as ended:
        await watching
    assert ended.value.reason == reasons.REASON_EXPIRED
    with pytest.raises(NotFound):
        await shop.album.job(TENANT, job)


async def _watch(shop: Shop, job: str, into: list[WatchJobResponse], *, previews: bool) -> None:
    async for response in shop.album.watch(TENANT, job, previews=previews):
        into.append(response)

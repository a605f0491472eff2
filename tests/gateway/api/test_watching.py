"""Following a job: nothing lost, nothing twice, never silent, and never in the way of the end."""

import asyncio
import itertools
from typing import Any

import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PREVIEW
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.event_pb2 import JobEvent
from likeness.gateway.v1.job_pb2 import STATE_CANCELLED, STATE_SUCCEEDED, Job

from likeness_wire.chunks import Accept, chunks_among, incoming
from likeness_wire.errors import BadRequest, NotFound, Unavailable
from tests.gateway.api.conftest import Open
from tests.gateway.api.front import Caller, Front
from tests.gateway.api.test_jobs import Gate
from tests.stand_ins import by_try

PASSING = ("step", "preview", "alive")


async def kept(caller: Caller, job: Job, offset: int = 0) -> list[JobEvent]:
    answers = await caller.answers("WatchJob", pb.WatchJobRequest(name=job.name, offset=offset))
    return [answer.event for answer in answers if answer.event.WhichOneof("event") not in PASSING]


async def test_everything_is_told_in_its_order(front: Front, acme: Caller) -> None:
    """From the queue to the end: stages, tries, results, with the picture each is about."""
    front.services.verifier.drift = by_try(1000, {(0, 1): 0.5})

    job = await acme.order(count=1)
    events = await kept(acme, job)

    assert list(range(1, len(events) + 1)) == [event.offset for event in events]
    assert STATE_SUCCEEDED == events[-1].state.state
    told = [event.WhichOneof("event") for event in events if not event.HasField("state")]
    assert ["judged", "judged", "result"] == told
    first, second = (event.judged for event in events if event.HasField("judged"))
    assert ("plain", 0, 1, 1, 1000) == (
        first.picture.style,
        first.picture.picture,
        first.picture.pictures,
        first.picture.attempt,
        first.picture.seed,
    )
    assert [f"{job.name}/tries/1", f"{job.name}/tries/2"] == [first.try_name, second.try_name]
    assert f"{job.name}/results/1" == next(event.result.result.name for event in events if event.HasField("result"))


async def test_a_watch_goes_on_from_any_offset(acme: Caller) -> None:
    """What is kept is the same to everyone, and later as it was live."""
    job = await acme.order(count=2)
    live = await kept(acme, job)

    assert live == await kept(acme, job)
    for offset in range(len(live) + 1):
        assert live[offset:] == await kept(acme, job, offset)
    with pytest.raises(BadRequest):
        await kept(acme, job, len(live) + 1)


async def test_a_watch_that_broke_misses_nothing(front: Front, acme: Caller) -> None:
    """Left in the middle, taken up again at the last offset seen."""
    gate = Gate(front)
    job = await acme.order()
    call = acme.stream("WatchJob", pb.WatchJobRequest(name=job.name))
    seen = []
    async for answer in call:
        seen.append(answer.event)
        if gate.reached.is_set():
            break
    call.cancel()
    gate.open.set()

    before = [event for event in seen if event.WhichOneof("event") not in PASSING]
    after = await kept(acme, job, before[-1].offset)

    assert before + after == await kept(acme, job)


async def test_silence_is_filled_with_signs_of_life(opening: Open) -> None:
    """Nobody takes a job that renders for long for a connection that broke."""
    async with opening(alive_s=0.05) as front:
        acme = front.caller()
        gate = Gate(front)
        job = await acme.order()
        call = acme.stream("WatchJob", pb.WatchJobRequest(name=job.name))
        events = []
        async for answer in call:
            events.append(answer.event)
            if sum(event.HasField("alive") for event in events) == 3:
                break
        gate.open.set()
        call.cancel()

        signs = [event for event in events if event.HasField("alive")]
        last = max(event.offset for event in events if event.WhichOneof("event") not in PASSING)
        assert last == signs[-1].offset


async def test_looks_come_where_they_are_asked_for(opening: Open) -> None:
    """Each announced by its event; numbered in the order sent, so that they can be read as any blobs."""
    async with opening(looks_every_steps=1) as front:
        acme = front.caller()
        gate = Gate(front)
        job = await acme.order(count=2)
        call = acme.stream("WatchJob", pb.WatchJobRequest(name=job.name, previews=True))
        blind = asyncio.ensure_future(acme.answers("WatchJob", pb.WatchJobRequest(name=job.name)))
        await gate.reached.wait()
        gate.open.set()
        heard: list[Any] = []
        accept = Accept({ROLE_PREVIEW: frozenset({KIND_JPEG})}, 1 << 20, 1000)
        looks = [await blob.whole() async for blob in incoming(chunks_among(call, heard.append), accept)]

        announced = [event for event in heard if event.HasField("preview")]
        assert len(looks) == len(announced) > 0
        assert all(bytes(look.data).startswith(b"\xff\xd8") for look in looks)
        assert not any(answer.HasField("chunk") or answer.event.HasField("preview") for answer in await blind)


async def test_the_end_of_the_job_ends_the_watch(front: Front, acme: Caller) -> None:
    """Cancelled: with its state. Deleted: with EXPIRED, whoever deleted it, and before the receipt is signed."""
    gate = Gate(front)
    for rpc, ask in (("CancelJob", pb.CancelJobRequest), ("DeleteJob", pb.DeleteJobRequest)):
        gate.reached.clear()
        job = await acme.order()
        await gate.reached.wait()
        watching = asyncio.ensure_future(kept(acme, job))
        await acme.job(job.name)
        await acme.call(rpc, ask(name=job.name))
        if rpc == "CancelJob":
            assert STATE_CANCELLED == (await watching)[-1].state.state
            continue
        with pytest.raises(NotFound) as raised:
            await watching
        assert "EXPIRED" == raised.value.reason_name


async def test_a_server_that_stops_sends_its_watchers_elsewhere(front: Front, acme: Caller) -> None:
    """At once: they would outlast any grace."""
    gate = Gate(front)
    job = await acme.order()
    await gate.reached.wait()
    watching = asyncio.ensure_future(acme.answers("WatchJob", pb.WatchJobRequest(name=job.name)))

    front.gateway.parts.watching.close()

    with pytest.raises(Unavailable) as raised:
        await watching
    assert "DRAINING" == raised.value.reason_name
    gate.open.set()


async def test_whoever_reads_slowly_sees_every_kept_event(front: Front, acme: Caller) -> None:
    """Passing ones may be missed, and their offsets never run ahead."""
    job = await acme.order(count=3)
    offsets = []
    async for answer in acme.stream("WatchJob", pb.WatchJobRequest(name=job.name)):
        offsets.append((answer.event.offset, answer.event.WhichOneof("event") in PASSING))
        await asyncio.sleep(0)

    told = [offset for offset, passing in offsets if not passing]
    assert list(range(1, len(told) + 1)) == told
    assert all(one <= other for (one, _), (other, _) in itertools.pairwise(offsets))

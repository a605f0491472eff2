"""Pictures and records on their way out."""

import hashlib
import io

import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, ROLE_PICTURE, ROLE_PREVIEW
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, OUTCOME_REJECTED
from PIL import Image

from likeness_wire.chunks import Accept, chunks_among, incoming
from likeness_wire.errors import BadRequest, LikenessError, NotFound
from tests.gateway.api.front import Caller, Front
from tests.stand_ins import NoDrift, by_try

EVERYTHING = Accept({ROLE_PICTURE: frozenset({KIND_JPEG, KIND_PNG}), ROLE_PREVIEW: frozenset({KIND_JPEG})}, 1 << 30, 9)


async def test_a_result_comes_whole_with_its_facts(acme: Caller) -> None:
    """Facts first, then one blob that a receiver accepts."""
    job = await acme.made()
    (result,) = job.results
    heard: list[object] = []

    call = acme.stream("DownloadResult", pb.DownloadResultRequest(name=result.name))
    (blob,) = [await each.whole() async for each in incoming(chunks_among(call, heard.append), EVERYTHING)]

    (facts,) = heard
    assert (result, 0, result.size_bytes) == (facts.result, facts.offset, facts.length)  # type: ignore[attr-defined]
    assert (KIND_JPEG, result.size_bytes) == (blob.kind, len(blob.data))
    assert (result.size.width, result.size.height) == Image.open(io.BytesIO(blob.data)).size


async def test_parts_add_up_to_the_whole(acme: Caller) -> None:
    """Each with a digest of its own; more than there is means to the end."""
    (result,) = (await acme.made(kind=KIND_PNG)).results
    _, whole = await acme.download(result.name)
    middle = len(whole) // 2

    for part, expected in (
        ({"offset": middle}, whole[middle:]),
        ({"length": 10}, whole[:10]),
        ({"offset": middle, "length": 1}, whole[middle : middle + 1]),
        ({"offset": len(whole) - 1, "length": 1 << 40}, whole[-1:]),
    ):
        facts, data = await acme.download(result.name, **part)
        answers = await acme.answers("DownloadResult", pb.DownloadResultRequest(name=result.name, **part))
        assert expected == data
        assert (part.get("offset", 0), len(expected)) == (facts.offset, facts.length)
        assert len(expected) == answers[1].chunk.header.size_bytes
        assert hashlib.sha256(expected).digest() == answers[-1].chunk.end.sha256


@pytest.mark.parametrize("part", [{"offset": 1 << 40}, {"length": 0}])
async def test_no_part_is_empty(acme: Caller, part: dict[str, int]) -> None:
    """At or beyond the end, or of no length: the caller has lost count."""
    (result,) = (await acme.made()).results
    _, whole = await acme.download(result.name)
    for each in (part, {"offset": len(whole)}):
        with pytest.raises(BadRequest) as raised:
            await acme.download(result.name, **each)
        assert ("INVALID_FIELD", [*each]) == (raised.value.reason_name, [*raised.value.fields])


async def test_every_try_leaves_its_record(front: Front, acme: Caller) -> None:
    """In the order rendered: its prompt, its drift, what became of it and why."""
    front.services.verifier.drift = by_try(1000, {(0, 1): 0.9, (0, 2): NoDrift(2)})

    job = await acme.made()
    tries = (await acme.call("ListTries", pb.ListTriesRequest(parent=job.name))).tries

    assert [f"{job.name}/tries/{number}" for number in (1, 2, 3)] == [each.name for each in tries]
    assert [OUTCOME_REJECTED, OUTCOME_REJECTED, OUTCOME_KEPT] == [each.outcome for each in tries]
    assert 0.9 == pytest.approx(tries[0].drift.value)
    assert not tries[1].HasField("drift")
    assert "always unwanted" in tries[0].negative
    assert job.results[0].name == tries[2].result
    assert tries[0].problem.reason
    assert tries[2].has_thumbnail


async def test_tries_come_page_by_page(front: Front, acme: Caller) -> None:
    """And the token belongs to the job."""
    job, another = await acme.made(count=3), await acme.made()
    first = await acme.call("ListTries", pb.ListTriesRequest(parent=job.name, page_size=2))
    second = await acme.call(
        "ListTries", pb.ListTriesRequest(parent=job.name, page_size=2, page_token=first.next_page_token)
    )

    assert (2, 1, "") == (len(first.tries), len(second.tries), second.next_page_token)
    with pytest.raises(BadRequest):
        await acme.call("ListTries", pb.ListTriesRequest(parent=another.name, page_token=first.next_page_token))


async def test_small_looks_are_there_for_kept_and_rejected(front: Front, acme: Caller) -> None:
    """A result has that of its try."""
    front.services.verifier.drift = by_try(1000, {(0, 1): 0.9})
    job = await acme.made()

    async def look(name: str) -> bytes:
        answers = await acme.answers("DownloadThumbnail", pb.DownloadThumbnailRequest(name=name))
        (blob,) = [await each.whole() async for each in incoming(_chunks(answers), EVERYTHING)]
        assert (ROLE_PREVIEW, KIND_JPEG) == (blob.role, blob.kind)
        return bytes(blob.data)

    of_result, of_kept, of_rejected = [await look(f"{job.name}/{part}") for part in ("results/1", "tries/2", "tries/1")]

    assert of_result == of_kept != of_rejected
    assert Image.open(io.BytesIO(of_rejected)).width <= 320


@pytest.mark.parametrize("part", ["results/2", "tries/9", "results/999999999"])
async def test_what_was_not_made_is_not_there(acme: Caller, part: str) -> None:
    """By any RPC."""
    job = await acme.made()
    for rpc, kind in (("DownloadThumbnail", pb.DownloadThumbnailRequest), ("DownloadResult", pb.DownloadResultRequest)):
        if rpc == "DownloadResult" and part.startswith("tries"):
            continue
        with pytest.raises(NotFound) as raised:
            await acme.answers(rpc, kind(name=f"{job.name}/{part}"))
        assert "NOT_FOUND" == raised.value.reason_name


async def test_a_try_is_no_result(acme: Caller) -> None:
    """Its bytes are not kept; its look is."""
    job = await acme.made()
    with pytest.raises(LikenessError) as raised:
        await acme.download(f"{job.name}/tries/1")
    assert "INVALID_FIELD" == raised.value.reason_name


async def _chunks(answers):  # type: ignore[no-untyped-def]
    for answer in answers:
        yield answer.chunk

"""Seeds tried out at the front door."""

import asyncio
from typing import Any

import pytest
from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PREVIEW
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import StyleOrder

from likeness_wire.chunks import Accept, chunks_among, incoming
from likeness_wire.errors import BadRequest, NotFound
from tests.gateway.api.front import ACME, Caller, Front, consent
from tests.running import until
from tests.stand_ins import by_seed


def asked(upload: str, **changes: Any) -> pb.FindSeedRequest:
    style = StyleOrder(style="plain", seed=500)
    return pb.FindSeedRequest(**{"upload": upload, "style": style, "consent": consent(), "candidates": 3, **changes})


async def test_the_nearest_come_first(front: Front, acme: Caller) -> None:
    """Accepted, then each as it is measured, then the ranking; the upload stays free."""
    front.services.verifier.drift = by_seed({500: 0.3, 501: 0.1, 502: 0.2})
    upload = await acme.upload()

    first, *candidates, last = await acme.answers("FindSeed", asked(upload.name))

    assert first.HasField("accepted")
    assert {500, 501, 502} == {each.candidate.seed for each in candidates}
    assert [501, 502, 500] == [each.seed for each in last.ranking.candidates]
    assert upload == (await acme.call("GetUpload", pb.GetUploadRequest(name=upload.name))).upload
    assert 1 == len(front.counter.books.consents.of(ACME, f"uploads/{upload.name.rpartition('/')[2]}"))


async def test_looks_come_where_they_are_asked_for(front: Front, acme: Caller) -> None:
    """Numbered in the order sent."""
    upload = await acme.upload()
    call = acme.stream("FindSeed", asked(upload.name, previews=True))
    accept = Accept({ROLE_PREVIEW: frozenset({KIND_JPEG})}, 1 << 20, 1000)

    looks = [await blob.whole() async for blob in incoming(chunks_among(call, lambda heard: None), accept)]

    assert [0, 1, 2] == [look.index for look in looks]


async def test_whoever_goes_away_ends_it(front: Front, acme: Caller) -> None:
    """Nothing is rendered for nobody."""
    held: list[object] = []

    async def pause(render: object) -> None:
        held.append(render)
        await asyncio.Event().wait()

    front.services.generator.pause = pause
    upload = await acme.upload()
    call = acme.stream("FindSeed", asked(upload.name))
    await until(lambda: held)
    call.cancel()

    await until(lambda: front.services.generator.given_up >= 1)


async def test_what_makes_no_sense_is_refused(front: Front, acme: Caller) -> None:
    """Before anything is rendered or put on record."""
    upload = await acme.upload()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"consent": None}, "CONSENT_MISSING"),
        ({"candidates": 0}, "INVALID_FIELD"),
        ({"candidates": 65}, "INVALID_FIELD"),
        ({"style": None}, "UNKNOWN_NAME"),
        ({"long_side": 100_000}, "INVALID_FIELD"),
        ({"upload": ""}, "INVALID_FIELD"),
    ]
    for changes, reason in wrong:
        with pytest.raises(BadRequest) as raised:
            await acme.answers("FindSeed", asked(**{"upload": upload.name, **changes}))
        assert reason == raised.value.reason_name
    assert 0 == front.services.calls


async def test_what_has_been_forgotten_is_not_put_on_record(front: Front, acme: Caller) -> None:
    """Consent to nothing is no consent."""
    upload = await acme.upload()
    await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))
    with pytest.raises(NotFound) as raised:
        await acme.answers("FindSeed", asked(upload.name))
    assert "EXPIRED" == raised.value.reason_name
    assert not front.counter.books.consents.of(ACME, f"uploads/{upload.name.rpartition('/')[2]}")

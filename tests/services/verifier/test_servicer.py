"""Verify over real gRPC, with ONNX models that see a face in everything but blue, and two recognisers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import grpc
import numpy as np
import pytest
from likeness.common.v1 import identity_pb2
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_PNG, ROLE_PHOTO, ROLE_PICTURE
from likeness.common.v1.identity_pb2 import Embedding
from likeness.verifier.v1 import verifier_pb2 as pb

from likeness_wire.chunks import Blob, cut
from likeness_wire.errors import BadPhoto, BadRequest, LikenessError
from likeness_wire.status import from_rpc_error
from services.common.images import Decoder
from services.faces.engine import LocalEngine, Seen
from services.faces.face import Pixels
from tests.running import until
from tests.services.faces import paintings
from tests.services.faces.running import RunningVerifier, numbers, running_verifier, verify_requests

# Drifts from Ann: 0.04, 0.1, 0.4, and 1.04 for somebody else.
ANN = paintings.png(paintings.person(1))
MINUTES_LATER, ANOTHER_DAY = paintings.png(paintings.person(1, mood=0.2)), paintings.png(paintings.person(1, mood=0.3))
CHANGED, BOB = paintings.png(paintings.person(1, mood=0.58, seed=3)), paintings.png(paintings.person(2))
NOBODY, SMALL, BROKEN = paintings.png(paintings.nobody()), paintings.png(paintings.small(1)), ANN[:5000]


@pytest.fixture
async def running(engine: LocalEngine, decoder: Decoder) -> AsyncIterator[RunningVerifier]:
    async with running_verifier(engine, decoder) as verifier:
        yield verifier


def identity(engine: LocalEngine, number: int = 1, by: int = 0) -> Embedding:
    crops = engine.look(paintings.person(number)).crops
    return numbers(engine.embed(by, [crops[by]])[0], engine.recognitions[by].id)


def pictures(responses: Sequence[pb.VerifyResponse]) -> dict[int, pb.VerifiedPicture]:
    return {response.picture.index: response.picture for response in responses if response.HasField("picture")}


async def refused(running: RunningVerifier, *args: Sequence[bytes | Blob], **options: object) -> LikenessError:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await running.verify(*args, **options)
    return from_rpc_error(failure.value)


async def test_pictures_are_measured_against_an_identity(running: RunningVerifier, engine: LocalEngine) -> None:
    """Drift, tier, face and size of each; the same numbers as comparing them by hand."""
    responses = await running.verify([ANN, CHANGED, BOB], identities=[identity(engine)])
    same, changed, bob = (pictures(responses)[index] for index in range(3))

    assert (same.status, same.drift.tier) == (pb.STATUS_MEASURED, identity_pb2.TIER_LOCKED)
    assert same.drift.value == pytest.approx(0, abs=1e-5)
    assert changed.drift.tier == identity_pb2.TIER_MATCH
    assert bob.drift.tier == identity_pb2.TIER_FAIL
    by_hand = engine.recognitions[0].measure(
        np.array(identity(engine).values, np.float32), np.array(identity(engine, 2).values, np.float32)
    )
    assert bob.drift.value == pytest.approx(by_hand, abs=1e-4)
    assert bob.drift.recogniser_id == engine.recognitions[0].id
    assert bob.face.key_points.left_eye.x < bob.face.key_points.right_eye.x
    assert (bob.size.width, bob.faces) == (640, 1)


async def test_the_stream_down_keeps_its_order(running: RunningVerifier, engine: LocalEngine) -> None:
    """Accepted, the reference, pictures, done: with the ranking and what made it."""
    responses = await running.verify([BOB, NOBODY, ANN, BROKEN, CHANGED], identities=[identity(engine)])
    parts = [response.WhichOneof("part") for response in responses]
    done = responses[-1].done

    assert parts == ["accepted", "reference", *["picture"] * 5, "done"]
    assert list(done.ranking) == [2, 4, 0, 1, 3]
    assert {"queue", "decode", "detect", "embed"} == {timing.stage for timing in done.timings}
    assert done.made_by.engine == "insightface"


@pytest.mark.parametrize(
    ("picture", "status", "reason"),
    [
        (NOBODY, pb.STATUS_NO_FACE, reasons.REASON_NO_FACE),
        (SMALL, pb.STATUS_FACE_TOO_SMALL, reasons.REASON_FACE_TOO_SMALL),
        (BROKEN, pb.STATUS_UNREADABLE, reasons.REASON_CORRUPT),
    ],
    ids=["no face", "too small", "broken"],
)
async def test_what_cannot_be_measured_has_no_number(
    running: RunningVerifier, engine: LocalEngine, picture: bytes, status: pb.Status, reason: reasons.Reason
) -> None:
    """A status and what to do, never a drift of 1; the others are measured all the same."""
    responses = await running.verify([ANN, picture], identities=[identity(engine)])
    good, bad = (pictures(responses)[index] for index in range(2))

    assert (bad.status, bad.problem.reason) == (status, reason)
    assert not bad.HasField("drift")
    assert not bad.HasField("copy")
    assert list(bad.second_opinions) == []
    assert good.status == pb.STATUS_MEASURED


async def test_a_second_recogniser_stands_beside(running: RunningVerifier, engine: LocalEngine) -> None:
    """Where it has an identity of its own; it changes neither drift nor tier nor ranking."""
    both = [identity(engine), identity(engine, by=1)]
    alone = await running.verify([CHANGED, BOB], identities=[identity(engine)])
    together = await running.verify([CHANGED, BOB], identities=both)

    assert [0, 0] == [len(picture.second_opinions) for picture in pictures(alone).values()]
    for index, picture in pictures(together).items():
        (opinion,) = picture.second_opinions
        assert opinion.recogniser_id == engine.recognitions[1].id
        assert picture.drift.value == pytest.approx(pictures(alone)[index].drift.value, abs=1e-6)
    assert alone[-1].done.ranking == together[-1].done.ranking


async def test_photos_are_a_reference_for_every_recogniser(running: RunningVerifier, engine: LocalEngine) -> None:
    """Their mean is the identity, and both recognisers have a baseline."""
    responses = await running.verify([ANN, BOB], [ANN, ANOTHER_DAY])
    reference = responses[1].reference
    near, far = (pictures(responses)[index] for index in range(2))

    assert [each.recogniser_id for each in reference.baselines] == [each.id for each in engine.recognitions]
    assert [2, 2] == [each.references for each in reference.baselines]
    assert near.drift.tier == identity_pb2.TIER_LOCKED
    assert far.drift.tier == identity_pb2.TIER_FAIL
    assert len(near.second_opinions) == 1


async def test_a_picture_nearer_than_genuine_photos_is_a_copy(running: RunningVerifier) -> None:
    """Two photos of different days set the scale; the very photo again is nearer than they are to one another."""
    responses = await running.verify([ANN, CHANGED], [ANN, ANOTHER_DAY])
    (baseline, _) = responses[1].reference.baselines
    copied, changed = (pictures(responses)[index] for index in range(2))

    assert baseline.smallest == baseline.median == baseline.largest
    assert copied.copy
    assert copied.nearest.value < baseline.smallest < changed.nearest.value
    assert changed.HasField("copy")
    assert not changed.copy


async def test_without_two_references_nothing_is_called_a_copy(running: RunningVerifier, engine: LocalEngine) -> None:
    """One photo has no distance to another; an identity alone has no photos at all."""
    with_photo = pictures(await running.verify([ANN], [ANN]))[0]
    without = pictures(await running.verify([ANN], identities=[identity(engine)]))[0]

    assert with_photo.HasField("nearest")
    assert not with_photo.HasField("copy")
    assert not without.HasField("nearest")
    assert not without.HasField("copy")


async def test_references_give_the_baseline_beside_an_identity(running: RunningVerifier, engine: LocalEngine) -> None:
    """Embeddings of single photos, as the embedder gave them."""
    singles = [identity(engine), numbers(np.array(identity(engine).values) + 0.3, engine.recognitions[0].id)]
    responses = await running.verify([ANN], identities=[identity(engine)], references=singles)

    (baseline,) = responses[1].reference.baselines
    assert (baseline.references, baseline.recogniser_id) == (2, engine.recognitions[0].id)


async def test_photos_of_different_people_are_no_reference(running: RunningVerifier) -> None:
    """Nobody is in between."""
    error = await refused(running, [ANN], [ANN, BOB])

    assert isinstance(error, BadPhoto)
    assert error.reason == reasons.REASON_IDENTITY_MISMATCH
    assert error.metadata["photos"] == "0,1"


@pytest.mark.parametrize(("photo", "reason"), [(NOBODY, reasons.REASON_NO_FACE), (BROKEN, reasons.REASON_CORRUPT)])
async def test_a_photo_that_cannot_be_used_fails_the_call(
    running: RunningVerifier, photo: bytes, reason: reasons.Reason
) -> None:
    """With its reason and its index: without a reference there is nothing to measure against."""
    error = await refused(running, [ANN], [ANN, photo])

    assert error.reason == reason
    assert error.metadata["photo"] == "1"


async def test_another_recogniser_s_numbers_are_refused(running: RunningVerifier, engine: LocalEngine) -> None:
    """Before a picture is sent; the message names those that are run."""
    foreign = numbers(identity(engine).values, "buffalo_l@0000000000000000/five-points-112-rgb")
    error = await refused(running, [ANN], identities=[foreign])

    assert isinstance(error, BadRequest)
    assert error.reason == reasons.REASON_RECOGNISER_MISMATCH
    assert engine.recognitions[0].id in error.metadata["served"]


@pytest.mark.parametrize("field", ["identities", "references"])
@pytest.mark.parametrize(
    "spoil",
    [lambda v: v[:-1], lambda v: [*v, 1.0], lambda v: [0.0] * len(v), lambda v: [float("nan"), *v[1:]], lambda v: []],
    ids=["short", "long", "zero norm", "nan", "empty"],
)
async def test_numbers_that_are_no_embedding_are_refused(
    running: RunningVerifier, engine: LocalEngine, field: str, spoil: object
) -> None:
    """Each of them would come out as a drift, and a wrong one."""
    values = spoil(list(identity(engine).values))  # type: ignore[operator]
    error = await refused(running, [ANN], **{field: [numbers(values, engine.recognitions[0].id)]})

    assert error.reason == reasons.REASON_INVALID_EMBEDDING


async def test_an_identity_twice_is_refused(running: RunningVerifier, engine: LocalEngine) -> None:
    """Which of two would be meant?"""
    error = await refused(running, [ANN], identities=[identity(engine), identity(engine, 2)])

    assert isinstance(error, BadRequest)
    assert "identities" in error.fields


async def test_the_primary_recogniser_needs_a_reference(running: RunningVerifier, engine: LocalEngine) -> None:
    """An identity for the second opinion alone is not enough."""
    error = await refused(running, [ANN], identities=[identity(engine, by=1)])

    assert isinstance(error, BadRequest)
    assert "identities" in error.fields


async def test_nine_references_are_too_many(running: RunningVerifier, engine: LocalEngine) -> None:
    """As embeddings, and as photos."""
    embeddings = await refused(running, [ANN], references=[identity(engine)] * 9)
    photos = await refused(running, [SMALL], [ANN] * 9)

    assert reasons.REASON_INVALID_FIELD == embeddings.reason == photos.reason


async def test_a_call_without_pictures_is_refused(running: RunningVerifier) -> None:
    """There is nothing to measure."""
    error = await refused(running, [], [ANN])

    assert error.reason == reasons.REASON_INVALID_FIELD


async def test_photos_come_before_pictures(running: RunningVerifier) -> None:
    """What is measured against has to be known first."""

    async def wrong_order() -> AsyncIterator[pb.VerifyRequest]:
        yield pb.VerifyRequest(options=pb.VerifyOptions())
        for blob in (
            Blob(ROLE_PHOTO, KIND_PNG, ANN, 0),
            Blob(ROLE_PICTURE, KIND_PNG, ANN, 0),
            Blob(ROLE_PHOTO, KIND_PNG, ANN, 1),
        ):
            for chunk in cut(blob):
                yield pb.VerifyRequest(chunk=chunk)

    with pytest.raises(grpc.aio.AioRpcError) as failure:
        [response async for response in running.stub.Verify(wrong_order())]
    assert from_rpc_error(failure.value).reason == reasons.REASON_STREAM_ORDER


async def test_pictures_are_answered_while_others_still_arrive(running: RunningVerifier, engine: LocalEngine) -> None:
    """The second one is sent only when the first has been answered."""
    answered = asyncio.Event()

    async def one_by_one() -> AsyncIterator[pb.VerifyRequest]:
        requests = [request async for request in verify_requests([ANN, BOB], identities=[identity(engine)])]
        halfway = next(n for n, each in enumerate(requests) if each.chunk.header.index == 1)
        for request in requests[:halfway]:
            yield request
        await answered.wait()
        for request in requests[halfway:]:
            yield request

    order = []
    async for response in running.stub.Verify(one_by_one()):
        order.append(response.WhichOneof("part"))
        if response.HasField("picture"):
            answered.set()

    assert order == ["accepted", "reference", "picture", "picture", "done"]


async def test_no_more_pictures_than_that_are_worked_on_together(engine: LocalEngine, decoder: Decoder) -> None:
    """The rest waits at the sender's, where it costs no memory."""
    gate = threading.Event()

    class Slow(LocalEngine):
        """Looks when it is allowed to."""

        def look(self, photo: Pixels, scale: float = 1.0) -> Seen:
            gate.wait(10)
            return super().look(photo, scale)

    slow = Slow(engine.name, engine.device, engine._detector, engine._recognisers)
    async with running_verifier(slow, decoder, pictures_at_once=3) as running:
        call = asyncio.ensure_future(running.verify([ANN] * 8, identities=[identity(engine)]))
        value = running.metrics.registry.get_sample_value
        await until(lambda: value("likeness_queue_depth", {"queue": "detect", "priority": "batch"}) == 2)
        begun = value("likeness_queue_seconds_count", {"queue": "decode"})
        gate.set()

        assert len(pictures(await call)) == 8
    assert begun == 3


async def test_a_pack_is_verified_in_few_runs(engine: LocalEngine, decoder: Decoder) -> None:
    """Faces of many calls share the recogniser; every picture has its own answer in its own place."""
    async with running_verifier(engine, decoder, pictures_at_once=8) as running:
        calls = await asyncio.gather(
            *(running.verify([ANN, BOB] * 6, identities=[identity(engine, number)]) for number in (1, 2, 1, 2))
        )
        value = running.metrics.registry.get_sample_value
        assert value("likeness_batch_items_sum", {"queue": "embed"}) == 48

    for number, responses in enumerate(calls):
        for index, picture in pictures(responses).items():
            same = index % 2 == number % 2
            assert (picture.drift.tier == identity_pb2.TIER_LOCKED) == same


async def test_a_caller_who_goes_away_ends_the_work(running: RunningVerifier, engine: LocalEngine) -> None:
    """In the middle of a pack; nothing is left in flight."""
    call = running.stub.Verify(verify_requests([ANN] * 60, identities=[identity(engine)]))
    value = running.metrics.registry.get_sample_value
    async for response in call:
        if response.HasField("picture"):
            call.cancel()
            break

    for queue in ("calls", "decode", "detect", "embed"):
        await until(lambda queue=queue: value("likeness_items_in_flight", {"queue": queue}) == 0)  # type: ignore[misc]
        await until(
            lambda queue=queue: value("likeness_queue_depth", {"queue": queue, "priority": "batch"}) == 0  # type: ignore[misc]
        )


async def test_outcomes_are_counted(running: RunningVerifier) -> None:
    """Tiers, statuses and copies, and how far measured ones had drifted."""
    await running.verify([ANN, BOB, NOBODY], [ANN, ANOTHER_DAY])
    value = running.metrics.registry.get_sample_value

    assert value("likeness_pictures_total", {"outcome": "locked"}) == 1
    assert value("likeness_pictures_total", {"outcome": "fail"}) == 1
    assert value("likeness_pictures_total", {"outcome": "no_face"}) == 1
    assert value("likeness_copies_total") == 1
    assert value("likeness_drift_ratio_count") == 2


async def test_get_info_names_both_recognisers(running: RunningVerifier, engine: LocalEngine) -> None:
    """Each with its own thresholds."""
    info = await running.stub.GetInfo(pb.GetInfoRequest())

    assert info.primary.id == engine.recognitions[0].id
    assert [engine.recognitions[1].id] == [each.id for each in info.second_opinions]
    assert info.primary.dimensions == 512
    assert info.limits.max_images == 64

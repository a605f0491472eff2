"""Embed over real gRPC, with ONNX models that see a face in everything but blue."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import grpc
import numpy as np
import pytest
from likeness.common.v1 import quality_pb2
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_F32, KIND_PNG, KIND_RGB8, ROLE_PHOTO, ROLE_PICTURE, Kind
from likeness.common.v1.work_pb2 import PRIORITY_INTERACTIVE
from likeness.embedder.v1 import embedder_pb2 as pb

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadPhoto, BadRequest, Exhausted, LikenessError, OutOfTime
from likeness_wire.status import from_rpc_error
from services.common.images import Decoder
from services.faces.engine import LocalEngine, Seen
from services.faces.face import Pixels
from tests.running import until
from tests.services.faces import paintings
from tests.services.faces.running import RunningEmbedder, embed_requests, running_embedder

ANN, ANN_AGAIN = paintings.png(paintings.person(1)), paintings.png(paintings.person(1, mood=0.3))
ANN_ON_A_BAD_DAY, BOB = paintings.png(paintings.person(1, mood=0.7, seed=5)), paintings.png(paintings.person(2))
NOBODY, SMALL = paintings.png(paintings.nobody()), paintings.png(paintings.small(1))
BROKEN = ANN[:5000]


@pytest.fixture
async def running(engine: LocalEngine, decoder: Decoder) -> AsyncIterator[RunningEmbedder]:
    async with running_embedder(engine, decoder) as embedder:
        yield embedder


async def refused(running: RunningEmbedder, *photos: bytes | Blob, **options: object) -> LikenessError:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await running.embed(*photos, **options)
    return from_rpc_error(failure.value)


async def test_one_photo_becomes_an_identity(running: RunningEmbedder, engine: LocalEngine) -> None:
    """Its embedding is what the engine makes of it, raw, under the recogniser's id; the report has the numbers."""
    response = await running.embed(ANN)
    (photo,) = response.photos
    expected = engine.embed(0, engine.look(paintings.person(1)).crops)[0]

    np.testing.assert_allclose(response.identity.embedding.values, expected, rtol=1e-5)
    assert response.identity.embedding.recogniser_id == engine.recognitions[0].id
    assert [1.0] == list(response.identity.weights)
    assert photo.report.verdict == quality_pb2.VERDICT_ACCEPT
    assert (photo.report.size.width, photo.report.size.height) == (640, 640)
    assert photo.report.HasField("chosen")
    assert photo.report.faces[0].key_points.nose.x == pytest.approx(320, abs=1)
    assert photo.report.quality.score == 1


async def test_answers_say_where_time_went_and_what_made_them(running: RunningEmbedder) -> None:
    """Every answer that did work."""
    response = await running.embed(ANN)

    assert {"queue", "decode", "detect", "embed"} == {timing.stage for timing in response.timings}
    assert response.made_by.engine == "insightface"


async def test_photos_of_one_person_are_fused(running: RunningEmbedder) -> None:
    """Two photos, their drift, equal weights for equal quality."""
    response = await running.embed(ANN, ANN_AGAIN)
    (pair,) = response.drifts

    assert (pair.first, pair.second) == (0, 1)
    assert 0.05 < pair.drift.value < 0.18
    assert list(response.identity.weights) == pytest.approx([0.5, 0.5], abs=0.05)
    one, other = (np.array(photo.embedding.values) for photo in response.photos)
    np.testing.assert_allclose(
        response.identity.embedding.values,
        np.average([one, other], axis=0, weights=response.identity.weights),
        atol=1e-4,
    )


async def test_a_photo_that_stands_apart_is_named_and_left_out(running: RunningEmbedder) -> None:
    """Beyond match, short of a stranger, while two others agree."""
    response = await running.embed(ANN, ANN_ON_A_BAD_DAY, ANN_AGAIN, fusion=pb.FUSION_MEAN)

    assert list(response.outliers) == [1]
    assert list(response.identity.weights) == [0.5, 0, 0.5]
    assert response.identity.fusion == pb.FUSION_MEAN


async def test_photos_of_two_people_are_refused_by_name(running: RunningEmbedder) -> None:
    """Which one to leave out is in the metadata, by index."""
    error = await refused(running, ANN, ANN_AGAIN, BOB)

    assert isinstance(error, BadPhoto)
    assert error.reason == reasons.REASON_IDENTITY_MISMATCH
    assert error.metadata["photos"] == "2"
    assert "photo 3" in error.message


async def test_inspecting_photos_of_two_people_says_so_and_goes_on(running: RunningEmbedder) -> None:
    """Reports and drifts are there; an identity is not."""
    response = await running.embed(ANN, BOB, mode=pb.MODE_INSPECT)

    assert not response.HasField("identity")
    assert list(response.outliers) == [0, 1]
    assert [reasons.REASON_IDENTITY_MISMATCH] == [finding.reason for finding in response.findings]
    assert response.drifts[0].drift.value > 0.7


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (NOBODY, reasons.REASON_NO_FACE),
        (SMALL, reasons.REASON_FACE_TOO_SMALL),
        (BROKEN, reasons.REASON_CORRUPT),
        (b"GIF89a and so on", reasons.REASON_UNSUPPORTED_FORMAT),
    ],
    ids=["no face", "too small", "broken", "a GIF"],
)
async def test_the_first_bad_photo_fails_a_call_that_needs_an_identity(
    running: RunningEmbedder, photo: bytes, reason: reasons.Reason
) -> None:
    """With its reason and its index; the good one before it does not help."""
    error = await refused(running, ANN, photo)

    assert isinstance(error, BadPhoto)
    assert error.reason == reason
    assert error.metadata["photo"] == "1"


async def test_inspecting_reports_every_photo_even_unreadable_ones(running: RunningEmbedder) -> None:
    """Four photos, four reports; what can be used is used."""
    response = await running.embed(BROKEN, NOBODY, ANN, SMALL, mode=pb.MODE_INSPECT)
    broken, nobody, ann, small = response.photos

    assert broken.problem.reason == reasons.REASON_CORRUPT
    assert not broken.report.HasField("size")
    assert nobody.report.findings[0].reason == reasons.REASON_NO_FACE
    assert not nobody.HasField("embedding")
    assert ann.report.verdict == quality_pb2.VERDICT_ACCEPT
    assert small.HasField("embedding")
    assert list(response.identity.weights) == [0, 0, 1, 0]
    assert [(2, 3)] == [(pair.first, pair.second) for pair in response.drifts]


async def test_inspecting_nothing_usable_has_no_identity(running: RunningEmbedder) -> None:
    """That is an answer, not a failure."""
    response = await running.embed(NOBODY, mode=pb.MODE_INSPECT)

    assert not response.HasField("identity")
    assert list(response.outliers) == []


async def test_raw_rows_are_taken_as_they_are(running: RunningEmbedder) -> None:
    """Pixels between our own services need no decoder, and give the same numbers as the file."""
    rows = Blob(ROLE_PHOTO, KIND_RGB8, paintings.person(1).tobytes(), 0, 640, 640)
    raw, packed = await running.embed(rows), await running.embed(ANN)

    assert list(raw.identity.embedding.values) == list(packed.identity.embedding.values)


async def test_a_large_photo_is_looked_at_smaller_and_reported_as_sent(running: RunningEmbedder) -> None:
    """Boxes, points and pixels of the face are of the photo the caller holds, rows of bytes and files alike."""
    large = np.kron(paintings.person(1), np.ones((4, 4, 1), dtype=np.uint8))
    rows = Blob(ROLE_PHOTO, KIND_RGB8, large.tobytes(), 0, 2560, 2560)
    for photo in (rows, paintings.jpeg(large)):
        report = (await running.embed(photo)).photos[0].report

        assert report.size.width == 2560
        assert report.faces[0].box.right == pytest.approx(448 * 4, rel=0.01)
        assert report.quality.face_px == pytest.approx(256 * 4, rel=0.01)


async def test_a_small_face_is_looked_at_once_more_with_all_its_pixels(engine: LocalEngine, decoder: Decoder) -> None:
    """What counts is how large it was sent, not how small it was looked at."""
    looks: list[tuple[int, float]] = []

    class Demanding(LocalEngine):
        """Finds every face too small that was shrunk."""

        def look(self, photo: Pixels, scale: float = 1.0) -> Seen:
            looks.append((photo.shape[1], scale))
            return replace(super().look(photo, scale), wants_full_size=scale > 1)

    demanding = Demanding(engine.name, engine.device, engine._detector, engine._recognisers)
    large = paintings.jpeg(np.kron(paintings.person(1), np.ones((2, 2, 1), dtype=np.uint8)))
    async with running_embedder(demanding, decoder, working_side_px=640) as running:
        report = (await running.embed(large)).photos[0].report

    assert looks == [(640, 2.0), (1280, 1.0)]
    assert report.size.width == 1280


async def test_the_same_request_has_the_same_answer(running: RunningEmbedder) -> None:
    """Alone or among others that share its runs."""
    alone = await running.embed(ANN, ANN_AGAIN)
    together = await asyncio.gather(*(running.embed(ANN, ANN_AGAIN) for _ in range(6)))

    for answer in together:
        np.testing.assert_allclose(answer.identity.embedding.values, alone.identity.embedding.values, rtol=1e-5)
        assert answer.photos[0].report == alone.photos[0].report


async def test_calls_share_runs_of_the_recogniser(engine: LocalEngine, decoder: Decoder) -> None:
    """Faces that wait together go together: fewer runs than faces."""
    async with running_embedder(engine, decoder) as running:
        await asyncio.gather(*(running.embed(*[ANN] * 8) for _ in range(4)))
        faces = running.metrics.registry.get_sample_value("likeness_batch_items_sum", {"queue": "embed"})
        runs = running.metrics.registry.get_sample_value("likeness_batch_items_count", {"queue": "embed"})

    assert faces == 32
    assert runs is not None
    assert runs <= faces


@pytest.mark.parametrize(
    ("options", "field"),
    [({"mode": 0}, "mode"), ({"mode": 7}, "mode"), ({"fusion": 0}, "fusion"), ({"priority": 0}, "priority")],
)
async def test_options_that_mean_nothing_are_refused(
    running: RunningEmbedder, options: dict[str, int], field: str
) -> None:
    """Unset is a default; unspecified is a mistake."""
    error = await refused(running, ANN, **options)

    assert isinstance(error, BadRequest)
    assert field in error.fields


async def test_a_call_without_photos_is_refused(running: RunningEmbedder) -> None:
    """There is nobody to embed."""
    error = await refused(running)

    assert error.reason == reasons.REASON_INVALID_FIELD


async def test_nine_photos_are_too_many(running: RunningEmbedder) -> None:
    """Eight are what a person has patience for."""
    error = await refused(running, *[SMALL] * 9)

    assert error.reason == reasons.REASON_INVALID_FIELD


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (Blob(ROLE_PICTURE, KIND_PNG, ANN), reasons.REASON_INVALID_FIELD),
        (Blob(ROLE_PHOTO, KIND_F32, b"1234", 0, 1, 1), reasons.REASON_UNSUPPORTED_FORMAT),
        (Blob(ROLE_PHOTO, KIND_PNG, ANN, 3), reasons.REASON_STREAM_ORDER),
        (Blob(ROLE_PHOTO, Kind.KIND_WEBP, ANN), reasons.REASON_UNSUPPORTED_FORMAT),
    ],
    ids=["a picture", "floats", "out of order", "not what it says"],
)
async def test_blobs_of_the_wrong_kind_are_refused(
    running: RunningEmbedder, blob: Blob, reason: reasons.Reason
) -> None:
    """Whatever the sender says is checked."""
    assert (await refused(running, blob)).reason == reason


async def test_options_come_first(running: RunningEmbedder) -> None:
    """A stream that begins with pixels has not said what it wants."""
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await running.stub.Embed(iter([pb.EmbedRequest(chunk={"data": b"x"})]))

    assert from_rpc_error(failure.value).reason == reasons.REASON_STREAM_ORDER


async def test_photos_too_large_are_refused_before_they_come(engine: LocalEngine, decoder: Decoder) -> None:
    """By what the header announces."""
    async with running_embedder(engine, decoder, photo_max_bytes=1000) as running:
        error = await refused(running, ANN)

    assert error.reason == reasons.REASON_TOO_LARGE


async def test_a_full_embedder_says_when_to_come_back(engine: LocalEngine, decoder: Decoder) -> None:
    """One call inside that never sends its photo, one waiting; the next is refused at once, with a hint."""
    async with running_embedder(engine, decoder, calls=1, queue_places=1) as running:
        never = asyncio.Event()

        async def stalled() -> AsyncIterator[pb.EmbedRequest]:
            yield pb.EmbedRequest(options=pb.EmbedOptions())
            await never.wait()

        value = running.metrics.registry.get_sample_value
        calls = [running.stub.Embed(stalled())]
        await until(lambda: value("likeness_items_in_flight", {"queue": "calls"}) == 1)
        calls.append(running.stub.Embed(stalled()))
        await until(lambda: value("likeness_queue_depth", {"queue": "calls", "priority": "batch"}) == 1)
        error = await refused(running, ANN)
        for call in calls:
            call.cancel()

        assert isinstance(error, Exhausted)
        assert error.reason == reasons.REASON_QUEUE_FULL
        assert error.retry_after_s is not None
        await until(lambda: value("likeness_items_in_flight", {"queue": "calls"}) == 0)
        assert (await running.embed(ANN)).HasField("identity")


async def test_a_sender_who_falls_silent_is_cut_off(engine: LocalEngine, decoder: Decoder) -> None:
    """It holds a place that somebody else could use."""
    async with running_embedder(engine, decoder, stream_idle_s=0.1) as running:

        async def silent() -> AsyncIterator[pb.EmbedRequest]:
            yield pb.EmbedRequest(options=pb.EmbedOptions())
            await asyncio.Event().wait()

        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await running.stub.Embed(silent())
    assert isinstance(from_rpc_error(failure.value), OutOfTime)


async def test_get_info_says_what_serves_and_by_which_limits(running: RunningEmbedder, engine: LocalEngine) -> None:
    """Recogniser with its thresholds, what a call takes, and what photos are judged by."""
    info = await running.stub.GetInfo(pb.GetInfoRequest())

    assert info.recogniser.id == engine.recognitions[0].id
    assert info.recogniser.thresholds.locked == pytest.approx(0.18)
    assert info.limits.max_images == 8
    assert KIND_PNG in info.limits.kinds
    by_field = {limit.field: limit for limit in info.quality_limits}
    assert by_field["face_px"].warn == 80
    assert by_field["face_px"].reason == reasons.REASON_FACE_TOO_SMALL
    known = {field.name for field in quality_pb2.Quality.DESCRIPTOR.fields}
    assert set(by_field) - known == {"rival_share"}


async def test_photos_and_findings_are_counted(running: RunningEmbedder) -> None:
    """By verdict and by reason, and by nothing that tells who."""
    await running.embed(ANN, NOBODY, BROKEN, mode=pb.MODE_INSPECT, priority=PRIORITY_INTERACTIVE)
    value = running.metrics.registry.get_sample_value

    assert value("likeness_photos_total", {"verdict": "accept"}) == 1
    assert value("likeness_photos_total", {"verdict": "unreadable"}) == 1
    assert value("likeness_findings_total", {"reason": "no_face"}) == 1


async def test_a_caller_who_goes_away_frees_its_place(running: RunningEmbedder) -> None:
    """Cancelled while its photos are worked on; nothing is left in flight."""
    call = running.stub.Embed(embed_requests([ANN] * 8))
    value = running.metrics.registry.get_sample_value
    await until(lambda: value("likeness_items_in_flight", {"queue": "calls"}) == 1)
    call.cancel()

    for queue in ("calls", "decode", "detect", "embed"):
        await until(lambda queue=queue: value("likeness_items_in_flight", {"queue": queue}) == 0)  # type: ignore[misc]

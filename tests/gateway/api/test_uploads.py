"""Photos come in clean, are looked at, and go."""

import io
from datetime import timedelta

import numpy as np
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG
from likeness.common.v1.reason_pb2 import REASON_BLURRED
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.receipt_pb2 import CAUSE_INCOMPLETE
from PIL import Image

from gateway.retention.holdings import Kind
from likeness_wire.errors import BadPhoto, BadRequest, Exhausted, LikenessError, NotFound
from tests.gateway.api.conftest import Open
from tests.gateway.api.front import ACME, Caller, Front, photo, request, upload_messages

MARKER = b"GPS of a house in a quiet street"


def from_a_phone(size: tuple[int, int] = (120, 90)) -> bytes:
    """On its side, with a place and a thumbnail's worth of other things about it."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1]))
    exif = image.getexif()
    exif[0x0112], exif[0x010E] = 6, MARKER.decode()
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif, comment=MARKER)
    return file.getvalue()


async def kept(front: Front, upload: pb.CreateUploadResponse, index: int = 0) -> bytes:
    async with front.gateway.vault.reading(ACME, upload.name.rpartition("/")[2], Kind.PHOTO, index) as content:
        return await content.whole()


async def test_a_photo_is_kept_upright_and_without_a_word_beside_it(front: Front, acme: Caller) -> None:
    """Its pixels stay as they were."""
    sent = from_a_phone()
    assert MARKER in sent

    upload = await acme.upload(sent, kind=KIND_JPEG)

    stored = await kept(front, upload)
    pixels = np.asarray(Image.open(io.BytesIO(stored)))
    assert MARKER not in stored
    assert (120, 90) == pixels.shape[:2], "turned by its Exif orientation"
    assert np.abs(pixels[10, 45].astype(int) - (30, 30, 200)).max() < 12
    assert not Image.open(io.BytesIO(stored)).getexif()


async def test_what_came_is_told(acme: Caller) -> None:
    """Of each photo, and by when all of it will be gone; the same later as at once."""
    upload = await acme.upload(from_a_phone(), from_a_phone((60, 40)), kind=KIND_JPEG)

    first, second = upload.photos
    assert (KIND_JPEG, 90, 120) == (first.kind, first.size.width, first.size.height)
    assert (40, 60) == (second.size.width, second.size.height)
    assert len(from_a_phone()) == first.size_bytes
    assert timedelta(hours=23) == upload.expire_time.ToDatetime() - upload.create_time.ToDatetime()
    assert timedelta(hours=24) == upload.hard_expire_time.ToDatetime() - upload.create_time.ToDatetime()
    assert upload == (await acme.call("GetUpload", pb.GetUploadRequest(name=upload.name))).upload


async def test_a_large_photo_is_kept_as_large_as_anybody_needs(opening: Open) -> None:
    """Its proportions stay."""
    async with opening(photo_longest_side=64) as front:
        upload = await front.caller().upload(from_a_phone(), kind=KIND_JPEG)

        assert (48, 64) == (upload.photos[0].size.width, upload.photos[0].size.height)


async def test_the_answer_says_where_the_time_went(acme: Caller) -> None:
    """And what took it in."""
    response = await acme.call("CreateUpload", upload_messages([photo()]))

    assert ["receive", "decode", "store"] == [timing.stage for timing in response.timings]
    assert ("gateway", "gateway") == (response.made_by.service, response.made_by.engine)
    assert response.made_by.version


async def test_what_cannot_be_taken_leaves_nothing(front: Front, acme: Caller) -> None:
    """The reason says which photo; what came before it is gone already."""
    wrong = (
        ([], "INVALID_FIELD"),
        ([photo()] * 4, "INVALID_FIELD"),
        ([photo(), b"\x89PNG\r\n\x1a\n damaged"], "CORRUPT"),
        ([photo(), b"GIF89a and so on"], "UNSUPPORTED_FORMAT"),
        ([from_a_phone()], "UNSUPPORTED_FORMAT"),
        ([photo(), photo() + bytes(25_000_000)], "TOO_LARGE"),
    )
    for photos, reason in wrong:
        with pytest.raises(LikenessError) as raised:
            await acme.call("CreateUpload", upload_messages(photos))
        assert reason == raised.value.reason_name
        if isinstance(raised.value, BadPhoto):
            assert str(len(photos) - 1) == raised.value.metadata["photo"]
        assert not [path for path in (front.folder / "objects").rglob("*") if path.is_file()]
    receipts = (await acme.call("ListDeletionReceipts", pb.ListDeletionReceiptsRequest())).receipts
    assert [CAUSE_INCOMPLETE] * 5 == [receipt.statement.cause for receipt in receipts]


async def test_a_stream_has_its_order(acme: Caller) -> None:
    """The spec, once, then photos."""
    spec, *chunks = upload_messages([photo()])
    for messages in ([], chunks, [spec, spec, *chunks], [spec, *chunks, spec]):
        with pytest.raises(BadRequest) as raised:
            await acme.call("CreateUpload", iter(messages))
        assert "STREAM_ORDER" == raised.value.reason_name


async def test_a_caller_may_have_it_gone_sooner(acme: Caller) -> None:
    """By time or by span; never later than the server would, nor in the past."""
    soon = await acme.upload(ttl=Duration(seconds=600))
    assert timedelta(seconds=600) - (soon.expire_time.ToDatetime() - soon.create_time.ToDatetime()) < timedelta(
        seconds=5
    )
    late = await acme.upload(expire_time=Timestamp(seconds=2**35))
    assert timedelta(hours=23) == late.expire_time.ToDatetime() - late.create_time.ToDatetime()
    for past in ({"ttl": Duration(seconds=-1)}, {"ttl": Duration()}, {"expire_time": Timestamp(seconds=1)}):
        with pytest.raises(BadRequest) as raised:
            await acme.upload(**past)
        assert raised.value.fields.keys() <= {"spec.ttl", "spec.expire_time"}


async def test_only_so_many_arrive_at_once(opening: Open) -> None:
    """The next one is told to come back; a place is free again when one is done."""
    async with opening(uploads_at_once=1) as front:
        acme = front.caller()
        spec, header, *rest = upload_messages([photo()])
        call = acme.stream("CreateUpload", None)
        await call.write(spec)
        await call.write(header)
        places = front.gateway.parts.uploads.places
        while places.free:
            await acme.call("GetServerInfo", pb.GetServerInfoRequest())
        with pytest.raises(Exhausted) as raised:
            await acme.upload()
        assert ("QUEUE_FULL", 1.0) == (raised.value.reason_name, raised.value.retry_after_s)
        for message in rest:
            await call.write(message)
        await call.done_writing()
        await call
        await acme.upload()


async def test_the_embedder_says_what_it_thinks(front: Front, acme: Caller) -> None:
    """Without an embedding, before anybody else's jobs, and nothing is changed by it."""
    upload = await acme.upload(photo(1), photo(2))

    response = await acme.call("InspectUpload", pb.InspectUploadRequest(name=upload.name))

    assert response.inspection.usable
    assert [0, 1] == [report.index for report in response.inspection.photos]
    assert 1 == len(response.inspection.drifts)
    assert ("embedder", "insightface") == (response.made_by.service, response.made_by.engine)
    assert upload == (await acme.call("GetUpload", pb.GetUploadRequest(name=upload.name))).upload


async def test_a_photo_that_cannot_be_used_is_no_error(front: Front, acme: Caller) -> None:
    """But a job would not take it."""
    front.services.embedder.refusal = REASON_BLURRED
    upload = await acme.upload()

    inspection = (await acme.call("InspectUpload", pb.InspectUploadRequest(name=upload.name))).inspection

    assert not inspection.usable
    assert [REASON_BLURRED] == [finding.reason for finding in inspection.photos[0].findings]


async def test_deleted_is_gone_with_proof(front: Front, acme: Caller) -> None:
    """Again gives the same receipt; everything else says that it has been forgotten."""
    upload = await acme.upload()

    receipt = (await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))).receipt

    assert upload.name == receipt.statement.subject
    assert receipt == (await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))).receipt
    assert receipt == (await acme.call("GetDeletionReceipt", pb.GetDeletionReceiptRequest(name=receipt.name))).receipt
    for rpc, message in (
        ("GetUpload", pb.GetUploadRequest(name=upload.name)),
        ("InspectUpload", pb.InspectUploadRequest(name=upload.name)),
        ("CreateJob", request(upload.name)),
        ("CreateJob", request(upload.name, validate_only=True)),
    ):
        with pytest.raises(NotFound) as raised:
            await acme.call(rpc, message)
        assert "EXPIRED" == raised.value.reason_name, rpc


async def test_it_says_which_job_has_adopted_it(acme: Caller) -> None:
    """By name; and deleting it deletes that job."""
    upload = await acme.upload()
    job = await acme.order(upload)

    assert job.name == (await acme.call("GetUpload", pb.GetUploadRequest(name=upload.name))).upload.job
    receipt = (await acme.call("DeleteUpload", pb.DeleteUploadRequest(name=upload.name))).receipt
    assert job.name == receipt.statement.subject
    own = f"tenants/{ACME}/receipts/{upload.name.rpartition('/')[2]}"
    assert receipt == (await acme.call("GetDeletionReceipt", pb.GetDeletionReceiptRequest(name=own))).receipt


async def test_a_job_is_no_upload(acme: Caller) -> None:
    """Nor the other way round, whatever the id."""
    upload = await acme.upload()
    job = await acme.order(upload)
    for rpc, message in (
        ("GetUpload", pb.GetUploadRequest(name=job.name.replace("/jobs/", "/uploads/"))),
        ("DeleteUpload", pb.DeleteUploadRequest(name=job.name.replace("/jobs/", "/uploads/"))),
        ("InspectUpload", pb.InspectUploadRequest(name=job.name.replace("/jobs/", "/uploads/"))),
        ("DeleteJob", pb.DeleteJobRequest(name=upload.name.replace("/uploads/", "/jobs/"))),
        ("GetJob", pb.GetJobRequest(name=upload.name.replace("/uploads/", "/jobs/"))),
        ("CancelJob", pb.CancelJobRequest(name=upload.name.replace("/uploads/", "/jobs/"))),
    ):
        with pytest.raises(NotFound) as raised:
            await acme.call(rpc, message)
        assert "NOT_FOUND" == raised.value.reason_name, rpc


async def test_kinds_are_those_that_are_announced(acme: Caller) -> None:
    """A sender who is wrong about its own bytes has a fault somewhere."""
    with pytest.raises(BadPhoto):
        await acme.upload(photo(), kind=KIND_JPEG)
    await acme.upload(photo(), kind=KIND_PNG)

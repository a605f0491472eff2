"""The client against a gateway: what is asked arrives, what is answered is read, what fails is typed."""

import uuid
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from google.protobuf.message import Message
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_WEBP
from likeness.common.v1.identity_pb2 import TIER_LOCKED
from likeness.common.v1.work_pb2 import PRIORITY_INTERACTIVE
from likeness.gateway.v1 import job_pb2

from likeness_client import FOUR_K, AsyncLikeness, Consent, Kind, Order, Outcome, State, Tier, Verdict, Wishes
from likeness_client.errors import BadPhoto, LikenessError, NotFound, ReceiptRefused, Unavailable
from likeness_wire.errors import TABLE, Conflict, Exhausted, WrongState
from likeness_wire.resend import Patience
from tests.likeness_client.conftest import Waits
from tests.likeness_client.fake_gateway import FakeGateway
from tests.likeness_client.script import jpeg

SELFIE = jpeg(10)


async def test_the_whole_journey(
    likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent, tmp_path: Path
) -> None:
    """Photos in, pictures out, forgotten, with a proof."""
    path = tmp_path / "selfie.jpg"
    path.write_bytes(SELFIE)

    upload = await likeness.upload([path, SELFIE])
    job = await likeness.create_job(upload, [Order("corporate", 2), Order("outdoor", 2)], consent=consent)
    job = await likeness.wait(job)
    paths = [await likeness.download(result, tmp_path) for result in job.results]
    receipt = await likeness.delete(job)

    assert [SELFIE, SELFIE] == gateway.uploads[upload.name]
    assert job.state is State.PARTIAL
    assert job.problem is not None
    assert "DRIFTED" == job.problem.reason
    assert ["01-corporate.jpg", "02-corporate.jpg", "03-outdoor.jpg"] == [path.name for path in paths]
    assert [path.read_bytes() for path in paths] == list(gateway.script.pictures.values())
    assert (job.name, False) == (receipt.subject, receipt.late)


async def test_an_order_arrives_as_it_was_meant(
    likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent
) -> None:
    """Every field of it, and nothing where nothing was said."""
    upload = await likeness.upload(SELFIE, ttl=timedelta(hours=2))
    order = Order("corporate", 3, pose="left", expression="smile", free_text="blue scarf", seed=5)
    wishes = Wishes(
        accept_tier=Tier.LOCKED,
        max_tries=2,
        long_side=FOUR_K,
        kind=Kind.WEBP,
        interactive=True,
        ttl=timedelta(minutes=30),
    )
    await likeness.create_job(upload.name, [order, "outdoor"], consent=consent, wishes=wishes)

    (request,) = gateway.requests["CreateJob"]
    expected = job_pb2.JobSpec(
        upload=upload.name,
        styles=[
            job_pb2.StyleOrder(
                style="corporate", count=3, pose="left", expression="smile", free_text="blue scarf", seed=5
            ),
            job_pb2.StyleOrder(style="outdoor", count=1),
        ],
        consent=consent.message(),
        accept_tier=TIER_LOCKED,
        max_tries=2,
        long_side=3840,
        kind=KIND_WEBP,
        priority=PRIORITY_INTERACTIVE,
    )
    expected.ttl.FromSeconds(1800)
    assert expected == request.spec
    assert timedelta(hours=2) == gateway.requests["CreateUpload"][0].ttl.ToTimedelta()


async def test_a_job_is_made_once_however_often_it_is_sent(
    likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent
) -> None:
    """All attempts of one call carry one id of its own making."""
    gateway.refusals["CreateJob"] = [Unavailable(reasons.REASON_DRAINING, "about to stop")] * 2
    upload = await likeness.upload(SELFIE)
    await likeness.create_job(upload, "corporate", consent=consent)

    ids = {request.request_id for request in gateway.requests["CreateJob"]}
    assert 3 == len(gateway.requests["CreateJob"])
    assert [4] == [uuid.UUID(each).version for each in ids]
    assert 1 == len(gateway.jobs)


async def test_an_id_of_ones_own_finds_the_job_again(likeness: AsyncLikeness, consent: Consent) -> None:
    """After a crash of the caller; with another order it is refused."""
    upload, mine = await likeness.upload(SELFIE), str(uuid.uuid4())
    first = await likeness.create_job(upload, "corporate", consent=consent, request_id=mine)
    again = await likeness.create_job(upload, "corporate", consent=consent, request_id=mine)

    assert first.name == again.name
    with pytest.raises(Conflict, match="another request"):
        await likeness.create_job(upload, "outdoor", consent=consent, request_id=mine)
    with pytest.raises(WrongState) as caught:
        await likeness.create_job(upload, "corporate", consent=consent)
    assert "UPLOAD_ADOPTED" == caught.value.reason_name


async def test_checking_a_job_starts_nothing(likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent) -> None:
    """It says what would be made."""
    upload = await likeness.upload(SELFIE)
    job = await likeness.check_job(upload, [Order("corporate", 2)], consent=consent)

    assert job.spec is not None
    assert [("corporate", 2)] == [(each.style, each.count) for each in job.spec.styles]
    assert "" == gateway.requests["CreateJob"][0].request_id
    assert {} == gateway.jobs


async def test_a_full_queue_is_waited_for_as_long_as_it_says(
    likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent, waits: Waits
) -> None:
    """RetryInfo is believed, and the caller sees nothing of it."""
    gateway.refusals["CreateJob"] = [Exhausted(reasons.REASON_QUEUE_FULL, "full", retry_after_s=2.5)]
    upload = await likeness.upload(SELFIE)
    await likeness.create_job(upload, "corporate", consent=consent)

    assert [2.5] == waits.seconds


async def test_a_queue_that_is_full_for_long_is_told(
    likeness: AsyncLikeness, gateway: FakeGateway, waits: Waits
) -> None:
    """With the time to come back: nobody is kept waiting for minutes without knowing."""
    gateway.refusals["ListStyles"] = [Exhausted(reasons.REASON_QUOTA_EXCEEDED, "tomorrow", retry_after_s=3600)]
    with pytest.raises(Exhausted) as caught:
        await likeness.styles()

    assert ("QUOTA_EXCEEDED", 3600) == (caught.value.reason_name, caught.value.retry_after_s)
    assert [] == waits.seconds


@pytest.mark.parametrize(
    ("kind", "reason"), [(kind, reason) for kind, row in TABLE.items() for reason in sorted(row.reasons)]
)
async def test_every_reason_arrives_as_the_exception_it_was(
    likeness: AsyncLikeness, gateway: FakeGateway, kind: type[LikenessError], reason: reasons.Reason
) -> None:
    """With message, fields and metadata, from a plain call and from a stream."""
    refusal = kind(reason, "what to do", fields={"spec.count": "at most 8"}, limit=8)
    for rpc, call in (("GetJob", likeness.job), ("CreateUpload", _upload(likeness))):
        gateway.refusals[rpc] = [refusal] * 4
        with pytest.raises(LikenessError) as caught:
            await call("tenants/local/jobs/j1")

        error = caught.value
        assert (kind, reason, "what to do") == (type(error), error.reason, error.message)
        assert ({"spec.count": "at most 8"}, {"limit": "8"}) == (error.fields, error.metadata)


async def test_an_upload_is_sent_again_from_its_first_byte(likeness: AsyncLikeness, gateway: FakeGateway) -> None:
    """What broke off before is the server's to erase."""
    gateway.refusals["CreateUpload"] = [Unavailable(reasons.REASON_DRAINING, "about to stop")]
    photo = jpeg(30).ljust(700_000, b"\0")
    upload = await likeness.upload([photo, SELFIE])

    assert [photo, SELFIE] == gateway.uploads[upload.name]
    assert 2 == len(gateway.requests["CreateUpload"])


async def test_what_is_no_photo_is_not_sent(likeness: AsyncLikeness, gateway: FakeGateway, tmp_path: Path) -> None:
    """It is named by its place, and a file that is not there by its path."""
    with pytest.raises(BadPhoto, match="photo 2 is no JPEG") as caught:
        await likeness.upload([SELFIE, b"%PDF-1.7"])
    with pytest.raises(FileNotFoundError):
        await likeness.upload(tmp_path / "nowhere.jpg")

    assert ("UNSUPPORTED_FORMAT", {"photo": "1"}) == (caught.value.reason_name, caught.value.metadata)
    assert [] == gateway.requests["CreateUpload"]


async def test_an_inspection_says_what_to_do(likeness: AsyncLikeness, gateway: FakeGateway) -> None:
    """Which photo, why, and by which number."""
    finding = gateway.script.report.findings.add(reason=reasons.REASON_BLURRED, verdict=2, advice="Hold still.")
    finding.measured, finding.limit = 0.1, 0.2
    inspection = await likeness.inspect(await likeness.upload([SELFIE, SELFIE]))

    (found,) = inspection.photos[1].findings
    assert ("photo 1: Hold still.",) == inspection.advice
    assert ("BLURRED", Verdict.WARN) == (found.reason, found.verdict)
    assert (pytest.approx(0.1), pytest.approx(0.2)) == (found.measured, found.limit)


async def test_seeds_come_nearest_first(likeness: AsyncLikeness, consent: Consent) -> None:
    """Each is heard when it is measured, with a look at it where one was asked for."""
    heard: list[int] = []
    upload = await likeness.upload(SELFIE)
    seeds = await likeness.find_seed(
        upload, "corporate", consent=consent, previews=True, heard=lambda seed: heard.append(seed.seed)
    )

    assert [7, 8] == heard
    assert [(8, b"look 8"), (7, b"look 7")] == [(seed.seed, seed.preview) for seed in seeds]


async def test_lists_are_whole_whatever_the_size_of_a_page(likeness: AsyncLikeness, consent: Consent) -> None:
    """Jobs, tries, styles and receipts."""
    jobs = [await likeness.create_job(await likeness.upload(SELFIE), "corporate", consent=consent) for _ in range(5)]
    tries = await likeness.tries(jobs[0])

    assert [job.name for job in reversed(jobs)] == [job.name async for job in likeness.jobs()]
    assert [] == [job async for job in likeness.jobs(State.RUNNING, State.QUEUED)]
    assert ["corporate", "outdoor", "studio"] == [style.id for style in await likeness.styles()]
    assert [1, 2, 3] == [receipt.sequence for receipt in await likeness.receipts()]
    assert [Outcome.KEPT, Outcome.REJECTED] == [each.outcome for each in tries[:2]]
    assert tries[1].problem is not None
    assert "DRIFTED" == tries[1].problem.error().reason_name


async def test_thumbnails_of_kept_and_rejected(likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent) -> None:
    """By the thing itself or by its name; NotFound where there is none."""
    job = await likeness.create_job(await likeness.upload(SELFIE), "corporate", consent=consent)
    rejected = (await likeness.tries(job))[1]

    assert gateway.script.thumbnails[rejected.name] == await likeness.thumbnail(rejected)
    assert gateway.script.thumbnails[job.results[0].name] == await likeness.thumbnail(job.results[0].name)
    with pytest.raises(NotFound):
        await likeness.thumbnail("tenants/local/jobs/j1/tries/99")


async def test_a_receipt_that_proves_nothing_is_not_returned(
    likeness: AsyncLikeness, gateway: FakeGateway, consent: Consent
) -> None:
    """Neither a forged one nor a good one about something else."""
    job = await likeness.create_job(await likeness.upload(SELFIE), "corporate", consent=consent)
    gateway.forged_receipts = True
    with pytest.raises(ReceiptRefused, match="the signature is not of this statement"):
        await likeness.delete(job)

    gateway.forged_receipts = False
    for about in ("tenants/local/jobs/j2", "tenants/local/uploads/j1", "tenants/other/jobs/j1"):
        gateway.receipts_are_about = about
        with pytest.raises(ReceiptRefused, match=f"it is about {about}"):
            await likeness.receipt(job)
    gateway.receipts_are_about = "tenants/other/jobs/j1"
    with pytest.raises(ReceiptRefused, match="it is about tenants/other/jobs/j1"):
        await likeness.delete("tenants/local/uploads/u1")


async def test_receipts_are_checked_with_the_keys_one_has(port: int, waits: Waits) -> None:
    """A server cannot vouch for itself where the operator's key is known."""
    async with AsyncLikeness(f"127.0.0.1:{port}", receipt_keys={}, patience=Patience(sleep=waits)) as likeness:
        with pytest.raises(ReceiptRefused, match="which was not given"):
            await likeness.delete("tenants/local/jobs/j1")


async def test_an_upload_goes_with_its_job(likeness: AsyncLikeness, consent: Consent) -> None:
    """The receipt is the job's then, and its own otherwise."""
    alone, adopted = await likeness.upload(SELFIE), await likeness.upload(SELFIE)
    job = await likeness.create_job(adopted, "corporate", consent=consent)

    assert alone.name == (await likeness.delete(alone)).subject
    assert job.name == (await likeness.delete(adopted)).subject


async def test_the_server_says_what_it_is(likeness: AsyncLikeness) -> None:
    """Unset parts are None, not empty."""
    server = await likeness.server()

    assert ("fake", "2026-01", 40) == (server.profile, server.policy_version, server.limits.max_pictures)
    assert server.recogniser is None
    assert server.time.tzinfo is UTC


async def test_a_deadline_is_kept_over_all_attempts(gateway: FakeGateway, port: int) -> None:
    """A server that stays away is not asked for longer than the caller said."""
    gateway.refusals["GetJob"] = [Unavailable(reasons.REASON_STARTING, "loading", retry_after_s=5)] * 9
    async with AsyncLikeness(f"127.0.0.1:{port}", timeout_s=0.5) as likeness:
        with pytest.raises(Unavailable):
            await likeness.job("tenants/local/jobs/j1")

    assert 1 == len(gateway.requests["GetJob"])


def _upload(likeness: AsyncLikeness) -> object:
    async def upload(_: str) -> Message:
        return await likeness.upload(SELFIE)

    return upload

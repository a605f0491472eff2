"""A job is ordered once, however often it is asked for, and never without consent."""

import asyncio
import base64
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from likeness.common.v1.identity_pb2 import TIER_FAIL, TIER_STRONG
from likeness.common.v1.reason_pb2 import REASON_NO_FACE
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import STATE_FAILED, STATE_QUEUED, STATE_SUCCEEDED, StyleOrder
from sqlalchemy import Connection, func, select

from gateway.api.binding import Binding
from gateway.api.requests import Requests
from gateway.jobs.tables import JOBS
from gateway.pipeline.orders import priority_of
from gateway.retention.holdings import Holding
from likeness_wire.errors import BadRequest, Conflict, Exhausted, LikenessError, NotAllowed, WrongState
from tests.gateway.api.conftest import Open
from tests.gateway.api.front import ACME, Caller, Front, consent, request
from tests.gateway.servers import Postgres

ID = str(uuid.UUID(int=17))


async def refusal(caller: Caller, message: pb.CreateJobRequest) -> LikenessError:
    with pytest.raises(LikenessError) as raised:
        await caller.call("CreateJob", message)
    return raised.value


def jobs(front: Front) -> int:
    with front.counter.books.database.reading() as tx:
        return int(tx.execute(select(func.count()).select_from(JOBS)).scalar_one())


async def test_what_was_ordered_is_told_with_every_default(acme: Caller) -> None:
    """At once, before anything has been made."""
    upload = await acme.upload()

    job = await acme.order(upload)

    assert job.name.startswith("tenants/acme/jobs/")
    assert upload.name == job.spec.upload
    assert (TIER_STRONG, 4) == (job.spec.accept_tier, job.spec.max_tries)
    assert 1 == job.progress.wanted
    assert upload.hard_expire_time == job.hard_expire_time
    assert STATE_SUCCEEDED == (await acme.ended(job)).state


async def test_the_same_request_is_the_same_job(front: Front, acme: Caller) -> None:
    """While it runs and when it has ended; nothing runs twice."""
    message = request((await acme.upload()).name, request_id=ID, count=2)
    job = (await acme.call("CreateJob", message)).job

    again = (await acme.call("CreateJob", message)).job
    ended = await acme.ended(job)
    later = (await acme.call("CreateJob", message)).job

    assert job.name == again.name == later.name
    assert ended == later
    assert 2 == len(front.services.generator.renders)
    assert 1 == jobs(front)


async def test_twice_at_the_same_moment_is_once(front: Front, acme: Caller) -> None:
    """Whoever is first: all get the same job."""
    message = request((await acme.upload()).name, request_id=ID)

    answers = await asyncio.gather(*[acme.call("CreateJob", message) for _ in range(8)])

    assert 1 == len({answer.job.name for answer in answers})
    assert 1 == jobs(front)


async def test_another_request_of_the_same_id_is_refused(acme: Caller) -> None:
    """However small the difference."""
    upload = await acme.upload()
    await acme.call("CreateJob", request(upload.name, request_id=ID, consent=consent(reference="a")))
    with pytest.raises(Conflict) as raised:
        await acme.call("CreateJob", request(upload.name, request_id=ID, consent=consent(reference="b")))
    assert "REQUEST_ID_REUSED" == raised.value.reason_name


async def test_without_an_id_a_retry_finds_its_upload_adopted(acme: Caller) -> None:
    """So does another request."""
    upload = await acme.upload()
    await acme.order(upload, request_id="")
    for other in (request(upload.name, request_id=""), request(upload.name)):
        error = await refusal(acme, other)
        assert isinstance(error, WrongState)
        assert "UPLOAD_ADOPTED" == error.reason_name


async def test_a_retry_completes_what_a_crash_left_undone(front: Front, acme: Caller) -> None:
    """The process died between adopting the upload and storing what was asked for."""
    upload = await acme.upload()
    message = request(upload.name, request_id=ID)
    books, engine = front.counter.books, front.gateway.engine
    once = books.requests.once(ACME, message)
    assert once is not None
    spec = front.gateway.parts.ordering.orders.completed(message.spec)

    def also(tx: Connection, job: Holding) -> None:
        engine.enlist(tx, job.id, ACME, priority_of(spec), {"wanted": [1], "upload": upload.name.rpartition("/")[2]})
        books.requests.bind(tx, once, job.id)

    job = await front.gateway.vault.adopt(ACME, upload.name.rpartition("/")[2], also=also)
    await engine.submit(ACME, job.id)

    found = (await acme.call("CreateJob", message)).job

    assert found.name.endswith(job.id)
    assert STATE_SUCCEEDED == (await acme.ended(found)).state


async def test_only_checking_makes_nothing(front: Front, acme: Caller) -> None:
    """It says what the order would be, has no name, and can be followed by the order itself."""
    upload = await acme.upload()
    message = request(upload.name, request_id=ID, validate_only=True)

    job = (await acme.call("CreateJob", message)).job

    assert ("", STATE_QUEUED, 1) == (job.name, job.state, job.progress.wanted)
    assert TIER_STRONG == job.spec.accept_tier
    assert not (await acme.call("GetUpload", pb.GetUploadRequest(name=upload.name))).upload.job
    assert 0 == jobs(front)
    message.validate_only = False
    assert (await acme.call("CreateJob", message)).job.name


@pytest.mark.parametrize("validate_only", [False, True])
async def test_what_cannot_be_made_is_refused_before_anything_is_adopted(
    front: Front, acme: Caller, validate_only: bool
) -> None:
    """By the same reasons, in earnest and when only checking."""
    upload = await acme.upload()
    plain = StyleOrder(style="plain", count=1)
    wrong = {
        "CONSENT_MISSING": [{"consent": None}, {"consent": consent(subject=0)}],
        "UNKNOWN_NAME": [{"styles": [StyleOrder(style="no-such-style", count=1)]}],
        "INVALID_FIELD": [
            {"styles": []},
            {"styles": [StyleOrder(style="plain")]},
            {"styles": [StyleOrder(style="plain", count=101)]},
            {"styles": [plain] * 21},
            {"max_tries": 0},
            {"long_side": 100_000},
            {"ttl": Duration()},
            {"consent": consent(reference="somebody@example.org")},
            {"request_id": "17"},
            {"upload": ""},
            {"upload": "uploads/17"},
        ],
        "NOT_ALLOWED": [{"accept_tier": TIER_FAIL}],
    }
    for reason, each in wrong.items():
        for changes in each:
            error = await refusal(acme, request(**{"upload": upload.name, "validate_only": validate_only, **changes}))
            assert reason == error.reason_name, changes
            assert isinstance(error, BadRequest | NotAllowed)
    assert 0 == jobs(front)
    await acme.order(upload)


async def test_an_adopted_upload_is_refused_when_only_checking_too(acme: Caller) -> None:
    """Every refusal as in earnest."""
    upload = await acme.upload()
    await acme.order(upload)

    error = await refusal(acme, request(upload.name, validate_only=True))

    assert "UPLOAD_ADOPTED" == error.reason_name


async def test_words_that_are_not_made_here_are_refused_by_category(opening: Open) -> None:
    """And the words are not repeated."""
    async with opening(styles_file=None) as front:
        acme = front.caller()
        upload = await acme.upload()
        styles = [StyleOrder(style="corporate", count=1, free_text="in the nude")]

        error = await refusal(acme, request(upload.name, styles=styles))

        assert ("PROMPT_REFUSED", "nudity") == (error.reason_name, error.metadata["category"])
        assert "nude" not in error.message


async def test_consent_outlives_the_job(front: Front, acme: Caller) -> None:
    """Word for word, when everything else is gone."""
    agreed = consent()
    job = await acme.order(consent=agreed)
    await acme.call("DeleteJob", pb.DeleteJobRequest(name=job.name))

    kept = front.counter.books.consents.of(ACME, f"jobs/{job.name.rpartition('/')[2]}")

    assert [agreed.reference] == [each.reference for each in kept]
    assert agreed.give_time.ToMilliseconds() == kept[0].give_time.ToMilliseconds()


async def test_the_policy_in_force_is_the_one_to_agree_to(opening: Open) -> None:
    """GetServerInfo says which."""
    async with opening(policy_version="2026-11") as front:
        acme = front.caller()
        info = (await acme.call("GetServerInfo", pb.GetServerInfoRequest())).server
        upload = await acme.upload()

        error = await refusal(acme, request(upload.name))
        await acme.order(upload, consent=consent(policy_version=info.policy_version))

        assert "CONSENT_MISSING" == error.reason_name
        assert "2026-11" in error.message


async def test_a_caller_may_have_results_gone_sooner(acme: Caller) -> None:
    """The job says what came of it."""
    job = await acme.order(ttl=Duration(seconds=600))

    left = job.expire_time.ToDatetime() - job.create_time.ToDatetime()

    assert abs(left - timedelta(seconds=600)) < timedelta(seconds=5)
    assert job.expire_time == job.spec.expire_time


async def test_photos_that_cannot_be_used_fail_the_job(front: Front, acme: Caller) -> None:
    """It says why; the caller learns it from the job, not from CreateJob."""
    front.services.embedder.refusal = REASON_NO_FACE

    job = await acme.made()

    assert (STATE_FAILED, REASON_NO_FACE) == (job.state, job.problem.reason)


async def test_a_tenant_orders_as_much_as_was_agreed(opening: Open) -> None:
    """What would be too much is refused with the time to wait, and nothing is adopted."""
    async with opening(pictures_per_day=3) as front:
        acme = front.caller()
        await acme.order(count=2)
        upload = await acme.upload()
        for validate_only in (True, False):
            error = await refusal(acme, request(upload.name, count=2, validate_only=validate_only))
            assert isinstance(error, Exhausted)
            assert "QUOTA_EXCEEDED" == error.reason_name
            assert error.retry_after_s
        await acme.order(upload)


async def test_the_last_job_that_fits_is_made(opening: Open) -> None:
    """A job does not count itself among those that are open before it."""
    async with opening(jobs_open=1) as front:
        acme = front.caller()
        job = await acme.order()
        upload = await acme.upload()
        if not (await acme.job(job.name)).HasField("end_time"):
            await acme.ended(job)
        await acme.order(upload)


async def test_a_job_that_is_forgotten_lets_go_of_its_id(acme: Caller) -> None:
    """The id can be used again; the upload cannot."""
    upload = await acme.upload()
    job = await acme.order(upload, request_id=ID)
    await acme.call("DeleteJob", pb.DeleteJobRequest(name=job.name))

    another = await acme.order(request_id=ID)

    assert another.name != job.name


async def test_two_gateways_with_one_key_agree_on_a_request(front: Front) -> None:
    """And with two keys they do not: so all of a cluster share it."""
    message = request("tenants/acme/uploads/1", request_id=ID)
    database = front.counter.books.database

    one, same, other = (
        Requests(database, Binding(key)).once(ACME, message) for key in (bytes(32), bytes(32), b"x" * 32)
    )

    assert one == same
    assert one != other


async def test_the_same_promises_hold_on_postgres(opening: Open, database_server: Postgres, tmp_path: Path) -> None:
    """Where several gateways share one database: bound with the job, refused for another request, gone with the job."""
    key = tmp_path / "binding.key"
    key.write_bytes(base64.b64encode(bytes(32)))
    async with opening(database_url=database_server.new_database(), binding_key_file=key) as front:
        acme = front.caller()
        message = request((await acme.upload()).name, request_id=ID)

        answers = await asyncio.gather(*[acme.call("CreateJob", message) for _ in range(4)])
        (name,) = {answer.job.name for answer in answers}
        error = await refusal(acme, request((await acme.upload()).name, request_id=ID))
        await acme.call("DeleteJob", pb.DeleteJobRequest(name=name))
        another = await acme.order(request_id=ID)

        assert "REQUEST_ID_REUSED" == error.reason_name
        assert 1 == len(front.counter.books.consents.of(ACME, f"jobs/{name.rpartition('/')[2]}"))
        assert STATE_SUCCEEDED == (await acme.ended(another)).state

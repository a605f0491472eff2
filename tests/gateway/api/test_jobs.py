"""Jobs that were ordered: looked at, listed, stopped, erased."""

import asyncio

import pytest
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import (
    STATE_CANCELLED,
    STATE_QUEUED,
    STATE_RUNNING,
    STATE_SUCCEEDED,
    STATE_UNSPECIFIED,
    Job,
)

from likeness_wire.errors import BadRequest, NotFound
from tests.gateway.api.front import Caller, Front
from tests.running import until
from tests.stand_ins import Render


class Gate:
    """Holds renders up until it is opened."""

    def __init__(self, front: Front) -> None:
        self.open = asyncio.Event()
        self.reached = asyncio.Event()
        front.services.generator.pause = self.pause

    async def pause(self, render: Render) -> None:
        self.reached.set()
        await self.open.wait()


async def test_a_job_is_told_as_it_is_now(front: Front, acme: Caller) -> None:
    """With its results, what they were made by, and how it went."""
    job = await acme.made(count=2)

    assert STATE_SUCCEEDED == job.state
    assert [f"{job.name}/results/{number}" for number in (1, 2)] == [result.name for result in job.results]
    assert (2, 2, 2) == (job.progress.wanted, job.progress.kept, job.progress.tries)
    assert 1.0 == job.metrics.tries_per_kept
    assert {"insightface", "diffusion"} <= {maker.engine for maker in job.made_by}
    assert job.create_time.ToMilliseconds() <= job.start_time.ToMilliseconds() <= job.end_time.ToMilliseconds()
    assert job.photos_expire_time.ToMilliseconds() <= job.end_time.ToMilliseconds() + 3_600_000
    assert job == await acme.job(job.name)


async def test_lists_are_latest_first_and_lead_on(front: Front, acme: Caller) -> None:
    """Every job once, without what lies in the vault."""
    names = [(await acme.order()).name for _ in range(3)]
    listed: list[Job] = []
    token = ""
    while True:
        page = await acme.call("ListJobs", pb.ListJobsRequest(page_size=2, page_token=token))
        assert len(page.jobs) <= 2
        listed += page.jobs
        token = page.next_page_token
        if not token:
            break

    assert names[::-1] == [job.name for job in listed]
    assert not any(job.HasField("spec") or job.results for job in listed)


async def test_lists_can_be_of_some_states(front: Front, acme: Caller) -> None:
    """And a token belongs to its filter."""
    done = await acme.made()
    gate = Gate(front)
    waiting = [(await acme.order()).name for _ in range(2)]
    await gate.reached.wait()

    async def listed(*states: int, **more: object) -> pb.ListJobsResponse:
        return await acme.call("ListJobs", pb.ListJobsRequest(states=states, **more))  # type: ignore[arg-type, no-any-return]

    assert [done.name] == [job.name for job in (await listed(STATE_SUCCEEDED)).jobs]
    unfinished = await listed(STATE_QUEUED, STATE_RUNNING, page_size=1)
    assert [waiting[1]] == [job.name for job in unfinished.jobs]
    rest = await listed(STATE_RUNNING, STATE_QUEUED, page_token=unfinished.next_page_token)
    assert [waiting[0]] == [job.name for job in rest.jobs]
    for wrong in (
        pb.ListJobsRequest(states=[STATE_SUCCEEDED], page_token=unfinished.next_page_token),
        pb.ListJobsRequest(states=[STATE_UNSPECIFIED]),
    ):
        with pytest.raises(BadRequest):
            await acme.call("ListJobs", wrong)
    gate.open.set()


async def test_a_cancelled_job_stops_and_its_photos_go(front: Front, acme: Caller) -> None:
    """Again returns it as it is; what it had is still there to be looked at."""
    gate = Gate(front)
    job = await acme.order()
    await gate.reached.wait()

    cancelled = (await acme.call("CancelJob", pb.CancelJobRequest(name=job.name))).job

    assert STATE_CANCELLED == cancelled.state
    assert cancelled.photos_expire_time.ToMilliseconds() <= cancelled.end_time.ToMilliseconds() + 1000
    assert cancelled == (await acme.call("CancelJob", pb.CancelJobRequest(name=job.name))).job
    with pytest.raises(NotFound):
        await acme.call("GetUpload", pb.GetUploadRequest(name=job.spec.upload))
    await until(lambda: front.services.generator.given_up == 1)


async def test_cancelling_what_has_ended_changes_nothing(acme: Caller) -> None:
    """Its photos keep their hour."""
    job = await acme.made()

    assert job == (await acme.call("CancelJob", pb.CancelJobRequest(name=job.name))).job


async def test_a_deleted_job_is_gone_in_whatever_state(front: Front, acme: Caller) -> None:
    """While it renders: the call of the generator ends, then the receipt is signed."""
    gate = Gate(front)
    job = await acme.order()
    await gate.reached.wait()

    receipt = (await acme.call("DeleteJob", pb.DeleteJobRequest(name=job.name))).receipt

    assert job.name == receipt.statement.subject
    assert receipt.statement.calls_end_time.ToMilliseconds() <= receipt.statement.verify_absent_time.ToMilliseconds()
    assert {"photo", "identity", "spec"} <= {objects.kind for objects in receipt.statement.objects}
    await until(lambda: front.services.generator.given_up == 1)
    assert not [path for path in (front.folder / "objects").rglob("*") if path.is_file()]
    assert receipt == (await acme.call("DeleteJob", pb.DeleteJobRequest(name=job.name))).receipt
    for rpc, message in (
        ("GetJob", pb.GetJobRequest(name=job.name)),
        ("CancelJob", pb.CancelJobRequest(name=job.name)),
        ("ListTries", pb.ListTriesRequest(parent=job.name)),
    ):
        with pytest.raises(NotFound) as raised:
            await acme.call(rpc, message)
        assert "EXPIRED" == raised.value.reason_name, rpc
    assert not (await acme.call("ListJobs", pb.ListJobsRequest())).jobs

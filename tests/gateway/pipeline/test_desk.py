"""Jobs are taken on once, stopped, and seen out however they ended."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.job_pb2 import JobSpec
from sqlalchemy import Connection

from gateway import names
from gateway.jobs.port import State
from gateway.pipeline.orders import priority_of
from gateway.retention.holdings import Holding, Kind
from gateway.retention.holdings import State as HoldingState
from likeness_wire.errors import Conflict, NotFound, WrongState
from tests.gateway.house import TENANT
from tests.gateway.pipeline.shop import Gate, Shop, eventually, spec


async def _asked(shop: Shop, upload: Holding) -> JobSpec:
    complete = shop.orders.completed(spec(2))
    complete.upload = names.upload(TENANT, upload.id)
    return complete


async def test_a_request_that_comes_again_changes_nothing(shop: Shop) -> None:
    """Neither the spec nor what runs; not even after the end."""
    upload = await shop.upload()
    asked = await _asked(shop, upload)
    job = await shop.desk.begin(TENANT, upload.id, asked)
    other = JobSpec()
    other.CopyFrom(asked)
    other.styles[0].seed = 7
    again = await shop.desk.again(TENANT, job.id, other)
    ended = await shop.ended(job.id)
    await shop.desk.again(TENANT, job.id, other)

    assert again.id == job.id
    assert ended.spec.styles[0].seed == asked.styles[0].seed
    assert len(shop.services.generator.renders) == 2
    assert await shop.stored(job.id, Kind.SPEC) == [0]


async def test_a_job_whose_spec_never_came_waits_for_the_request_to_come_again(shop: Shop) -> None:
    """The process that took it on died right behind the transaction."""
    upload = await shop.upload()
    asked = await _asked(shop, upload)

    def enlist(tx: Connection, job: Holding) -> None:
        shop.jobs.enlist(tx, job.id, job.tenant, priority_of(asked))

    job = await shop.house.vault.adopt(TENANT, upload.id, None, enlist)

    async def runs() -> bool:
        return (await shop.jobs.get(TENANT, job.id)).state is State.RUNNING

    await eventually(runs)
    assert shop.services.embedder.calls == 0
    await shop.desk.again(TENANT, job.id, asked)

    assert (await shop.ended(job.id)).state == job_pb2.STATE_SUCCEEDED


async def test_an_upload_is_adopted_once(shop: Shop) -> None:
    """And what joins the transaction may stop it: then there is no job."""
    upload = await shop.upload()
    asked = await _asked(shop, upload)

    def stops(tx: Connection, job: Holding) -> None:
        raise Conflict(reasons.REASON_REQUEST_ID_REUSED, "not this one")

    with pytest.raises(Conflict):
        await shop.desk.begin(TENANT, upload.id, asked, also=stops)
    assert not (await shop.jobs.list(TENANT)).jobs
    await shop.desk.begin(TENANT, upload.id, asked)
    with pytest.raises(WrongState):
        await shop.desk.begin(TENANT, upload.id, asked)


async def test_cancelling_what_has_ended_changes_nothing(shop: Shop) -> None:
    """It is returned as it is, with its photos' last hour."""
    job = await shop.made()
    name = job.name.rpartition("/")[2]
    cancelled = await shop.desk.cancel(TENANT, name)

    assert cancelled.state is State.SUCCEEDED
    assert (await shop.album.job(TENANT, name)).photos_expire_time == job.photos_expire_time
    with pytest.raises(NotFound):
        await shop.desk.cancel("tenant-b", name)


async def test_a_job_that_was_cancelled_by_a_process_that_died_is_seen_out(shop: Shop) -> None:
    """Its photos go at once, whoever notices."""
    gate = Gate()
    shop.services.generator.pause = gate.render
    job = await shop.begin()
    await gate.reached.wait()
    await shop.jobs.cancel(TENANT, job)  # and died before it could tell the vault
    upload = (await shop.album.job(TENANT, job)).spec.upload.rpartition("/")[2]

    async def seen_out() -> bool:
        return (await shop.house.vault.find(TENANT, job)).state is HoldingState.FINISHED

    await eventually(seen_out)
    await shop.house.sweep()
    assert (await shop.house.vault.find(TENANT, upload)).ended_time is not None

"""A request is made once, however often it is sent."""

import uuid
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.gateway_pb2 import CreateJobRequest
from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder
from sqlalchemy import Connection, select

from gateway.api.binding import Binding
from gateway.api.requests import Once, Requests
from gateway.api.tables import JOB_REQUESTS
from gateway.jobs.register import Register
from gateway.retention.holdings import Holding
from likeness_wire.errors import BadRequest, Conflict
from services.common.admission import Priority
from tests.gateway.house import TENANT, House, open_house, upload

ID = str(uuid.UUID(int=17))


def request(free_text: str = "in a red scarf", request_id: str = ID) -> CreateJobRequest:
    spec = JobSpec(upload="tenants/tenant-a/uploads/1", styles=[StyleOrder(style="corporate", free_text=free_text)])
    return CreateJobRequest(request_id=request_id, spec=spec)


class Office:
    """Jobs as CreateJob makes them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.requests = Requests(house.database, Binding(bytes(32)))
        self.register = Register(house.database)

    async def make(self, once: Once) -> Holding:
        photos = await upload(self.house)

        def also(tx: Connection, job: Holding) -> None:
            self.register.enlist(tx, job.id, job.tenant, Priority.BATCH)
            self.requests.bind(tx, once, job.id)

        return await self.house.vault.adopt(TENANT, photos.id, also=also)


def once(requests: Requests, free_text: str = "in a red scarf", tenant: str = TENANT) -> Once:
    found = requests.once(tenant, request(free_text))
    assert found is not None
    return found


async def test_the_same_request_finds_its_job(quick_path: Path) -> None:
    """And another tenant's of the same id finds none."""
    async with open_house(quick_path) as house:
        office = Office(house)
        job = await office.make(once(office.requests))

        assert job.id == office.requests.job_of(once(office.requests))
        assert office.requests.job_of(once(office.requests, tenant="other")) is None


async def test_another_request_of_the_same_id_is_refused(quick_path: Path) -> None:
    """When it looks, and when it would make a job; then nothing is made."""
    async with open_house(quick_path) as house:
        office = Office(house)
        await office.make(once(office.requests))
        other = once(office.requests, "in a blue scarf")

        with pytest.raises(Conflict) as raised:
            office.requests.job_of(other)
        assert raised.value.reason == reasons.REASON_REQUEST_ID_REUSED
        keys = house.key_ids()
        with pytest.raises(Conflict):
            await office.make(other)
        assert 1 == len(house.key_ids() - keys), "only the upload it was to be made of"


async def test_an_id_is_bound_as_long_as_its_job_lives(quick_path: Path) -> None:
    """Not until somebody sweeps; and then the row goes with the job's."""
    async with open_house(quick_path) as house:
        office = Office(house)
        first = await office.make(once(office.requests))
        await house.later(25 * 3600)
        other = once(office.requests, "in a blue scarf")

        assert office.requests.job_of(other) is None
        second = await office.make(other)
        assert second.id == office.requests.job_of(other)
        office.register.forget([first.id, second.id])
        with house.database.reading() as tx:
            assert [] == tx.execute(select(JOB_REQUESTS)).all()


async def test_the_words_of_a_request_are_not_in_the_database(quick_path: Path) -> None:
    """Only their keyed digest: guessing at them takes the key as well."""
    async with open_house(quick_path) as house:
        office = Office(house)
        other_key = Requests(house.database, Binding(bytes(31) + b"x"))

        assert once(office.requests).digest != once(other_key).digest
        assert b"scarf" not in once(office.requests).digest


@pytest.mark.parametrize("request_id", ["x", "17", f"{{{ID}}}", ID.replace("-", ""), ID + "0"])
async def test_an_id_is_a_uuid(quick_path: Path, request_id: str) -> None:
    """In its usual form."""
    async with open_house(quick_path) as house:
        with pytest.raises(BadRequest, match="UUID"):
            Office(house).requests.once(TENANT, request(request_id=request_id))


async def test_no_id_is_no_promise(quick_path: Path) -> None:
    """And letters of either case are the same id."""
    async with open_house(quick_path) as house:
        requests = Office(house).requests

        assert requests.once(TENANT, request(request_id="")) is None
        letters = str(uuid.UUID(int=0xABCDEF))
        assert requests.once(TENANT, request(request_id=letters)) == requests.once(
            TENANT, request(request_id=letters.upper())
        )

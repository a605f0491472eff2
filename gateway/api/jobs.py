"""Jobs that were ordered: looked at, stopped, erased."""

import contextlib
from collections.abc import Collection

from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.job_pb2 import Job
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from gateway import names
from gateway.api.holdings import job_named
from gateway.api.pages import PageTokens, page_size
from gateway.api.refusals import invalid
from gateway.jobs.port import JobEngine, State
from gateway.pipeline.album import Album
from gateway.pipeline.desk import Desk
from gateway.pipeline.messages import STATES
from gateway.vault import Vault
from likeness_wire.errors import NotFound

_USUAL, _MOST = 50, 100
_LIST = "jobs"

_STATES = {int(message): state for state, message in STATES.items()}


class Jobs:
    """Those of all tenants."""

    def __init__(self, vault: Vault, engine: JobEngine, desk: Desk, album: Album, tokens: PageTokens) -> None:
        self._vault = vault
        self._engine = engine
        self._desk = desk
        self._album = album
        self._tokens = tokens

    async def get(self, tenant: str, name: str) -> Job:
        return await self._album.job(tenant, names.job_id(name, tenant))

    async def page(self, tenant: str, request: pb.ListJobsRequest) -> pb.ListJobsResponse:
        """Latest first, without what lies in the vault."""
        names.check_parent(request.parent, tenant)
        states = _states(request.states)
        query = (_LIST, tenant, *sorted(states))
        cursor = self._tokens.cursor(request.page_token, *query)
        size = page_size(request.page_size, _USUAL, _MOST)
        page = await self._engine.list(tenant, size=size, after=cursor, states=states)
        jobs = []
        for found in page.jobs:
            with contextlib.suppress(NotFound):  # forgotten since it was listed
                jobs.append(await self._album.brief(found))
        return pb.ListJobsResponse(jobs=jobs, next_page_token=self._tokens.token(page.after, *query))

    async def cancel(self, tenant: str, name: str) -> Job:
        job = names.job_id(name, tenant)
        await self._desk.cancel(tenant, job)
        return await self._album.job(tenant, job)

    async def delete(self, tenant: str, name: str) -> DeletionReceipt:
        """Its calls end with its holding, and its rows go with the next sweep. It is not cancelled first: whoever
        watches it is to learn that it is gone, not that it has ended."""
        job = names.job_id(name, tenant)
        await job_named(self._vault, tenant, job)
        return await self._vault.erase(tenant, job)


def _states(numbers: Collection[int]) -> set[State]:
    """Empty: all."""
    if not _STATES.keys() >= set(numbers):
        raise invalid("states", "one of those a job can have")
    return {_STATES[number] for number in numbers}

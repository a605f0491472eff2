"""CreateJob: checked first, then adopted, bound to its request and put on record at one stroke."""

from datetime import timedelta

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.gateway_pb2 import CreateJobRequest
from likeness.gateway.v1.job_pb2 import STATE_QUEUED, Job, JobSpec, Progress
from sqlalchemy import Connection

from gateway import names
from gateway.api.books import Books
from gateway.api.expiry import wanted_ttl
from gateway.api.holdings import upload_named
from gateway.api.requests import Once
from gateway.pipeline.album import Album
from gateway.pipeline.desk import Desk
from gateway.pipeline.orders import Orders
from gateway.retention.holdings import Holding, State
from gateway.tenants.caller import concerns
from gateway.vault import Vault
from likeness_wire.errors import WrongState
from likeness_wire.times import instant


class Ordering:
    """Takes orders of all tenants."""

    def __init__(self, vault: Vault, orders: Orders, desk: Desk, album: Album, books: Books) -> None:
        self._vault = vault
        self.orders = orders
        self._desk = desk
        self._album = album
        self._books = books

    async def create(self, tenant: str, request: CreateJobRequest) -> Job:
        """The first request of an id makes the job; the same one again finds it, and completes what was left undone."""
        names.check_parent(request.parent, tenant)
        once = self._books.requests.once(tenant, request)
        job = await self._made_before(once)
        if job is None:
            upload = names.upload_id(request.spec.upload, tenant, "spec.upload")
            spec, ttl = await self._checked(request.spec)
            if request.validate_only:
                return await self._as_if(tenant, upload, spec)
            job = await self._begin(tenant, upload, spec, ttl, once)
        else:
            await self._desk.again(tenant, job, self.orders.completed(request.spec))
        concerns(names.job(tenant, job))
        return await self._album.job(tenant, job)

    async def _checked(self, spec: JobSpec) -> tuple[JobSpec, timedelta | None]:
        """With every default filled in, and how long its results are wanted."""
        now = await self._books.now()
        ttl = wanted_ttl(spec, now)
        self._books.consents.check(spec.consent, now, "spec.consent")
        return self.orders.completed(spec), ttl

    async def _begin(self, tenant: str, upload: str, spec: JobSpec, ttl: timedelta | None, once: Once | None) -> str:
        """What is counted, recorded and bound comes about with the job, or not at all."""
        books = self._books

        def also(tx: Connection, job: Holding) -> None:
            books.quotas.order(tx, tenant, _pictures(spec))
            books.consents.record(tx, tenant, f"jobs/{job.id}", spec.consent)
            if once is not None:
                books.requests.bind(tx, once, job.id)

        try:
            return (await self._desk.begin(tenant, upload, spec, ttl, also)).id
        except WrongState:
            # Perhaps adopted by the same request, which came twice at the same moment.
            if (job := await self._made_before(once)) is None:
                raise
            await self._desk.again(tenant, job, spec)  # which may not have stored yet what was asked for
            return job

    async def _made_before(self, once: Once | None) -> str | None:
        return None if once is None else await self._books.threads(self._books.requests.job_of, once)

    async def _as_if(self, tenant: str, upload: str, spec: JobSpec) -> Job:
        """What would come of it, without a name: nothing is adopted or started."""
        photos = await upload_named(self._vault, tenant, upload)
        await self._vault.stored(tenant, upload)  # refuses what has been forgotten
        _require_free(photos)
        await self._books.threads(self._books.quotas.would_fit, tenant, _pictures(spec))
        return Job(
            spec=spec,
            state=STATE_QUEUED,
            progress=Progress(wanted=_pictures(spec)),
            hard_expire_time=instant(photos.hard_expire_time),
        )


def _require_free(photos: Holding) -> None:
    if photos.state is State.ADOPTED:
        raise WrongState(reasons.REASON_UPLOAD_ADOPTED, "the upload belongs to a job already")
    if photos.state is not State.SEALED:
        raise WrongState(reasons.REASON_WRONG_STATE, "the upload is not complete")


def _pictures(spec: JobSpec) -> int:
    return sum(order.count for order in spec.styles)

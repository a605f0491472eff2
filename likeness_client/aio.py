"""The client as coroutines; see `AsyncLikeness`."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Self

from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1 import upload_pb2
from likeness.gateway.v1.receipt_pb2 import DeletionReceipt

from likeness_client import downloading
from likeness_client.access import Access, Key, Tls
from likeness_client.connection import PATIENCE, Connection, ended
from likeness_client.consent import Consent
from likeness_client.orders import NO_WISHES, Order, Styles, Wishes, duration
from likeness_client.photos import PhotoSource, blobs, each_of
from likeness_client.proofs import Proofs
from likeness_client.receipts import Keys
from likeness_client.seeking import seek
from likeness_client.values.events import JobEvent
from likeness_client.values.job import Job
from likeness_client.values.mirror import read
from likeness_client.values.receipt import Receipt
from likeness_client.values.result import Result, Try
from likeness_client.values.server import Seed, ServerInfo, Style
from likeness_client.values.upload import Inspection, Upload
from likeness_client.values.words import State
from likeness_client.watching import Watch
from likeness_wire.chunks import outgoing
from likeness_wire.resend import Patience

# Every method takes the thing itself or its name.
JobName = Job | str
UploadName = Upload | str
ResultName = Result | str

# A phone on a slow line sends three photos.
_UPLOAD_TIMEOUT_S = 600.0
# The embedder may be busy with others.
_INSPECT_TIMEOUT_S = 120.0
# A store that has to confirm that everything is gone.
_DELETE_TIMEOUT_S = 120.0


class AsyncLikeness:
    """A Likeness gateway: photos in, pictures of that person out, everything forgotten in time.

        async with AsyncLikeness("likeness.example.com:7400", key=key) as likeness:
            upload = await likeness.upload("selfie.jpg")
            job = await likeness.create_job(upload, [Order("corporate", 4)], consent=consent)
            job = await likeness.wait(job)
            for result in job.results:
                await likeness.download(result, "pictures")
            receipt = await likeness.delete(job)

    Calls are retried where that is safe, broken streams go on where they were, and everything that travels is checked.
    What goes wrong is one of `likeness_client.errors`, with a reason. Use one for a whole process: it is one
    connection, and calls may run side by side.

    `key`: an API key or a JWT, or a function that returns the present one. `tls`: see `likeness_client.access`; towards
    another machine it is on. `timeout_s`: of a plain call with all its retries. `receipt_keys`: the operator's public
    keys, as `receipts.read_keys` reads them; without them the keys that the server announces are believed.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:7400",
        *,
        key: Key | None = None,
        tls: Tls = None,
        timeout_s: float = 30.0,
        receipt_keys: Keys | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._connection = Connection(Access(address, key, tls), timeout_s, patience)
        self._proofs = Proofs(self._connection, receipt_keys)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection. Jobs go on."""
        await self._connection.close()

    async def server(self) -> ServerInfo:
        """What the gateway is, takes and promises."""
        answer = await self._connection.ask(self._connection.stub.GetServerInfo, pb.GetServerInfoRequest())
        return read(ServerInfo, answer.server)

    async def styles(self) -> list[Style]:
        """All styles that can be ordered."""
        rpc = self._connection.stub.ListStyles
        return [read(Style, each) async for each in self._connection.pages(rpc, pb.ListStylesRequest(), "styles")]

    async def upload(self, photos: PhotoSource | Iterable[PhotoSource], *, ttl: timedelta | None = None) -> Upload:
        """Sends one to three photos of one person: paths, or bytes of a JPEG, PNG, WebP or HEIC.

        Nothing but pixels is kept of them, encrypted, until `ttl` or the server's own limit has passed.
        """
        sent = blobs(each_of(photos))
        first = pb.CreateUploadRequest(spec=upload_pb2.UploadSpec(ttl=duration(ttl)))
        rpc = self._connection.stub.CreateUpload
        answer = await self._connection.call(rpc, lambda: outgoing(first, sent), _UPLOAD_TIMEOUT_S)
        return read(Upload, answer.upload)

    async def get_upload(self, upload: UploadName) -> Upload:
        """What is known of it now."""
        answer = await self._connection.ask(self._connection.stub.GetUpload, pb.GetUploadRequest(name=_name(upload)))
        return read(Upload, answer.upload)

    async def inspect(self, upload: UploadName) -> Inspection:
        """Whether its photos will do, and what to do about those that will not, before anything is made."""
        request = pb.InspectUploadRequest(name=_name(upload))
        answer = await self._connection.ask(self._connection.stub.InspectUpload, request, _INSPECT_TIMEOUT_S)
        return read(Inspection, answer.inspection)

    async def find_seed(
        self,
        upload: UploadName,
        style: str | Order,
        *,
        consent: Consent,
        candidates: int | None = None,
        long_side: int | None = None,
        previews: bool = False,
        heard: Callable[[Seed], None] | None = None,
    ) -> list[Seed]:
        """Tries many seeds small and fast; those that could be measured, the nearest first.

        `long_side`: as in the wishes of the job to come, because what is going to be enlarged has seeds of its own.
        `heard` is called with each as it is measured. Nothing is adopted or stored.
        """
        order = Order(style) if isinstance(style, str) else style
        request = pb.FindSeedRequest(
            upload=_name(upload),
            style=order.message(),
            consent=consent.message(),
            candidates=candidates,
            long_side=long_side,
            previews=previews,
        )
        return await seek(self._connection, request, heard or (lambda _: None))

    async def create_job(
        self,
        upload: UploadName,
        styles: Styles,
        *,
        consent: Consent,
        wishes: Wishes = NO_WISHES,
        request_id: str | None = None,
    ) -> Job:
        """Adopts the upload and starts. Returns at once; `watch` or `wait` tell the rest.

        A `request_id` (a UUID) of your own makes it safe to call this again after a crash; without it one is drawn, and
        retries within this call are safe.
        """
        spec = wishes.spec(_name(upload), styles, consent)
        return await self._create(pb.CreateJobRequest(spec=spec, request_id=request_id or str(uuid.uuid4())))

    async def check_job(
        self, upload: UploadName, styles: Styles, *, consent: Consent, wishes: Wishes = NO_WISHES
    ) -> Job:
        """Every refusal that `create_job` would meet, and the order with its defaults; nothing is started."""
        spec = wishes.spec(_name(upload), styles, consent)
        return await self._create(pb.CreateJobRequest(spec=spec, validate_only=True))

    async def job(self, job: JobName) -> Job:
        """As it is now."""
        answer = await self._connection.ask(self._connection.stub.GetJob, pb.GetJobRequest(name=_name(job)))
        return read(Job, answer.job)

    async def jobs(self, *states: State) -> AsyncIterator[Job]:
        """All jobs, the latest first, or those in these states; without specs and results."""
        wanted = [f"STATE_{state.name}" for state in states]
        async for each in self._connection.pages(
            self._connection.stub.ListJobs, pb.ListJobsRequest(states=wanted), "jobs"
        ):
            yield read(Job, each)

    async def watch(self, job: JobName, *, offset: int = 0, previews: bool = False) -> AsyncIterator[JobEvent]:
        """What happens to a job, from the beginning or after an offset, until it has ended.

        A connection that breaks is taken up again; no kept event is lost or repeated.
        """
        async with ended(Watch(self._connection, _name(job), offset=offset, previews=previews).events()) as events:
            async for event in events:
                yield event

    async def wait(
        self, job: JobName, heard: Callable[[JobEvent], None] | None = None, *, timeout_s: float | None = None
    ) -> Job:
        """The job once it has ended, however it did: `state` says how and `problem` why.

        `heard` is called with every event. TimeoutError after so long; the job goes on.
        """
        async with asyncio.timeout(timeout_s), ended(self.watch(job)) as events:
            async for event in events:
                if heard is not None:
                    heard(event)
        return await self.job(job)

    async def cancel(self, job: JobName) -> Job:
        """Stops it at the next step. What was kept stays until expiry, photos are erased."""
        answer = await self._connection.ask(self._connection.stub.CancelJob, pb.CancelJobRequest(name=_name(job)))
        return read(Job, answer.job)

    async def tries(self, job: JobName) -> list[Try]:
        """The record of every render, in the order rendered."""
        rpc = self._connection.stub.ListTries
        return [
            read(Try, each)
            async for each in self._connection.pages(rpc, pb.ListTriesRequest(parent=_name(job)), "tries")
        ]

    async def download(self, result: Result, to: str | PathLike[str]) -> Path:
        """Writes a picture to `portrait.jpg` or the like, or into a folder under `result.file_name`.

        The folder is made. Either all of the file or nothing is there; one of that name is replaced.
        """
        target = await asyncio.to_thread(downloading.target, Path(to), result.file_name)
        await downloading.write(downloading.ranges(self._connection, result.name), target)
        return target

    async def picture(self, result: ResultName) -> bytes:
        """A picture as it would be in its file."""
        return b"".join([piece async for piece in downloading.ranges(self._connection, _name(result))])

    async def thumbnail(self, of: ResultName | Try) -> bytes:
        """A small JPEG of a result or a try. NotFound where there is none."""
        return await downloading.thumbnail(self._connection, _name(of))

    async def delete(self, what: JobName | Upload) -> Receipt:
        """Erases a job with its photos, or an upload with its job, now; a name says itself which it is.

        The receipt has been checked: signature, order of events, and that it is about this. ReceiptRefused otherwise.
        """
        name, stub = _name(what), self._connection.stub
        if "/uploads/" in name:
            gone: Any = await self._connection.ask(
                stub.DeleteUpload, pb.DeleteUploadRequest(name=name), _DELETE_TIMEOUT_S
            )
        else:
            gone = await self._connection.ask(stub.DeleteJob, pb.DeleteJobRequest(name=name), _DELETE_TIMEOUT_S)
        return await self._proofs.checked(gone.receipt, about=name)

    async def receipt(self, of: JobName | Upload) -> Receipt:
        """The checked proof that a job or an upload is gone, whoever deleted it. NotFound until it is."""
        name = _name(of)
        tenant, _, rest = name.partition("/jobs/" if "/jobs/" in name else "/uploads/")
        request = pb.GetDeletionReceiptRequest(name=f"{tenant}/receipts/{rest}")
        answer = await self._connection.ask(self._connection.stub.GetDeletionReceipt, request)
        return await self._proofs.checked(answer.receipt, about=name)

    async def receipts(self) -> list[Receipt]:
        """All receipts in the order of their chain, which is checked too."""
        return await self._proofs.all_checked(await self.raw_receipts())

    async def raw_receipts(self) -> list[DeletionReceipt]:
        """The same as they came, believed by nobody yet: for a judgement of one's own on each."""
        rpc = self._connection.stub.ListDeletionReceipts
        return [each async for each in self._connection.pages(rpc, pb.ListDeletionReceiptsRequest(), "receipts")]

    async def _create(self, request: pb.CreateJobRequest) -> Job:
        answer = await self._connection.ask(self._connection.stub.CreateJob, request)
        return read(Job, answer.job)


def _name(what: Any) -> str:
    return what if isinstance(what, str) else what.name

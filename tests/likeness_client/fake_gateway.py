"""A gateway that speaks the real protocol and does no work: it plays a script, and misbehaves where a test says so."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from grpc_status import rpc_status
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PHOTO, ROLE_PICTURE, ROLE_PREVIEW, Kind
from likeness.common.v1.quality_pb2 import VERDICT_ACCEPT, PhotoReport
from likeness.common.v1.work_pb2 import Accepted
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1 import job_pb2, result_pb2, seed_pb2, server_pb2, style_pb2, upload_pb2
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer, add_GatewayServiceServicer_to_server

from likeness_wire.chunks import Accept, Blob, cut, incoming
from likeness_wire.errors import Conflict, LikenessError, NotFound, WrongState
from likeness_wire.status import to_status
from tests.likeness_client.script import Script, expiring
from tests.likeness_client.test_receipts import KEY_ID, RAW, chain, signed

TENANT = "tenants/local"
_PHOTOS = Accept(
    {ROLE_PHOTO: frozenset(kind for kind in Kind.values() if kind)}, max_bytes=1 << 24, max_blobs=3, idle_s=10
)


@dataclass
class Breaks:
    """When streams break off: after so many messages, once for each number, and how."""

    after: list[int] = field(default_factory=list)
    # Called in the place of the next message: raises, ends quietly, or cuts the line.
    how: Callable[[], Awaitable[None]] | None = None

    async def at(self, sent: int) -> bool:
        """Whether the stream ends here."""
        if not self.after or sent < self.after[0]:
            return False
        self.after.pop(0)
        if self.how is not None:
            await self.how()
        return True


class FakeGateway(GatewayServiceServicer):
    """One tenant, any number of uploads, one script for every job."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: dict[str, list[Any]] = defaultdict(list)
        self.headers: dict[str, str] = {}
        # By RPC: what its next calls are refused with.
        self.refusals: dict[str, list[LikenessError]] = defaultdict(list)
        self.watch, self.download = Breaks(), Breaks()
        self.uploads: dict[str, list[bytes]] = {}
        self.jobs: dict[str, job_pb2.Job] = {}
        self.request_ids: dict[str, str] = {}
        # Ranges, by number of the call from 0, of which one byte is changed on the way.
        self.spoilt: set[int] = set()
        # A stream of WatchJob pauses after each message until it is set.
        self.holds_back: asyncio.Event | None = None
        self.watching = 0
        self.policy_version = "2026-01"
        self.page_size = 2
        self.forged_receipts = False
        # Instead of what was deleted.
        self.receipts_are_about = ""

    async def CreateUpload(self, requests: AsyncIterator[pb.CreateUploadRequest], context: Any) -> Message:
        spec = (await anext(requests)).spec
        await self._begin("CreateUpload", spec, context)
        photos = [bytes((await blob.whole()).data) async for blob in incoming(_chunks(requests), _PHOTOS)]
        name = f"{TENANT}/uploads/u{len(self.uploads) + 1}"
        self.uploads[name] = photos
        return pb.CreateUploadResponse(upload=self._upload(name))

    async def GetUpload(self, request: pb.GetUploadRequest, context: Any) -> Message:
        await self._begin("GetUpload", request, context, request.name in self.uploads)
        return pb.GetUploadResponse(upload=self._upload(request.name))

    async def InspectUpload(self, request: pb.InspectUploadRequest, context: Any) -> Message:
        await self._begin("InspectUpload", request, context, request.name in self.uploads)
        count = len(self.uploads[request.name])
        reports = [PhotoReport(index=index, verdict=VERDICT_ACCEPT) for index in range(count)]
        reports[-1].CopyFrom(self.script.report)
        inspection = upload_pb2.Inspection(usable=self.script.usable, photos=reports)
        return pb.InspectUploadResponse(inspection=inspection)

    async def CreateJob(self, request: pb.CreateJobRequest, context: Any) -> Message:
        await self._begin("CreateJob", request, context, request.spec.upload in self.uploads)
        if request.validate_only:
            return pb.CreateJobResponse(job=job_pb2.Job(spec=request.spec, state=job_pb2.STATE_QUEUED))
        name = self.request_ids.get(request.request_id)
        if name is None:
            if any(job.spec.upload == request.spec.upload for job in self.jobs.values()):
                await _abort(context, WrongState(reasons.REASON_UPLOAD_ADOPTED, "it belongs to a job"))
            name = self.request_ids[request.request_id] = f"{TENANT}/jobs/j{len(self.jobs) + 1}"
            self.jobs[name] = self.script.job(name, request.spec)
        elif self.jobs[name].spec != request.spec:
            await _abort(context, Conflict(reasons.REASON_REQUEST_ID_REUSED, "another request had this id"))
        return pb.CreateJobResponse(job=self.jobs[name])

    async def FindSeed(self, request: pb.FindSeedRequest, context: Any) -> AsyncIterator[Message]:
        await self._begin("FindSeed", request, context)
        yield pb.FindSeedResponse(accepted=Accepted())
        candidates = []
        for seed, drift in self.script.seeds:
            candidates.append(seed_pb2.SeedCandidate(seed=seed, drift=drift, has_preview=request.previews))
            yield pb.FindSeedResponse(candidate=candidates[-1])
            if request.previews:
                for chunk in cut(Blob(ROLE_PREVIEW, KIND_JPEG, b"look %d" % seed)):
                    yield pb.FindSeedResponse(chunk=chunk)
        candidates.sort(key=lambda each: each.drift.value)
        yield pb.FindSeedResponse(ranking=seed_pb2.SeedRanking(candidates=candidates))

    async def GetJob(self, request: pb.GetJobRequest, context: Any) -> Message:
        await self._begin("GetJob", request, context, request.name in self.jobs)
        return pb.GetJobResponse(job=self.jobs[request.name])

    async def CancelJob(self, request: pb.CancelJobRequest, context: Any) -> Message:
        await self._begin("CancelJob", request, context, request.name in self.jobs)
        self.jobs[request.name].state = job_pb2.STATE_CANCELLED
        return pb.CancelJobResponse(job=self.jobs[request.name])

    async def ListJobs(self, request: pb.ListJobsRequest, context: Any) -> Message:
        await self._begin("ListJobs", request, context)
        jobs = [job for job in reversed(self.jobs.values()) if not request.states or job.state in request.states]
        page, token = self._page(jobs, request.page_token)
        bare = []
        for job in page:
            bare.append(job_pb2.Job())
            bare[-1].CopyFrom(job)
            bare[-1].ClearField("spec")
            bare[-1].ClearField("results")
        return pb.ListJobsResponse(jobs=bare, next_page_token=token)

    async def WatchJob(self, request: pb.WatchJobRequest, context: Any) -> AsyncIterator[Message]:
        await self._begin("WatchJob", request, context, request.name in self.jobs)
        self.watching += 1
        try:
            for sent, message in enumerate(self.script.messages(request.name, request.offset, request.previews)):
                if await self.watch.at(sent):
                    return
                yield message
                if self.holds_back is not None:
                    await self.holds_back.wait()
        finally:
            self.watching -= 1

    async def ListTries(self, request: pb.ListTriesRequest, context: Any) -> Message:
        await self._begin("ListTries", request, context, request.parent in self.jobs)
        page, token = self._page(self.script.tries(request.parent), request.page_token)
        return pb.ListTriesResponse(tries=page, next_page_token=token)

    async def DownloadResult(self, request: pb.DownloadResultRequest, context: Any) -> AsyncIterator[Message]:
        number = len(self.requests["DownloadResult"])
        await self._begin("DownloadResult", request, context, request.name in self.script.pictures)
        whole = self.script.pictures[request.name]
        part = whole[request.offset :][: request.length if request.HasField("length") else None]
        result = next(each for job in self.jobs.values() for each in job.results if each.name == request.name)
        facts = result_pb2.DownloadFacts(result=result, offset=request.offset, length=len(part))
        yield pb.DownloadResultResponse(facts=facts)
        for sent, chunk in enumerate(cut(Blob(ROLE_PICTURE, KIND_JPEG, part))):
            if await self.download.at(sent):
                return
            if number in self.spoilt and chunk.data:
                chunk.data = bytes([chunk.data[0] ^ 1]) + chunk.data[1:]
            yield pb.DownloadResultResponse(chunk=chunk)

    async def DownloadThumbnail(self, request: pb.DownloadThumbnailRequest, context: Any) -> AsyncIterator[Message]:
        await self._begin("DownloadThumbnail", request, context, request.name in self.script.thumbnails)
        for chunk in cut(Blob(ROLE_PREVIEW, KIND_JPEG, self.script.thumbnails[request.name])):
            yield pb.DownloadThumbnailResponse(chunk=chunk)

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Any) -> Message:
        await self._begin("DeleteJob", request, context)
        self.jobs.pop(request.name, None)
        return pb.DeleteJobResponse(receipt=self._receipt(request.name))

    async def DeleteUpload(self, request: pb.DeleteUploadRequest, context: Any) -> Message:
        await self._begin("DeleteUpload", request, context)
        adopted = (job.name for job in self.jobs.values() if job.spec.upload == request.name)
        return pb.DeleteUploadResponse(receipt=self._receipt(next(adopted, request.name)))

    async def GetDeletionReceipt(self, request: pb.GetDeletionReceiptRequest, context: Any) -> Message:
        await self._begin("GetDeletionReceipt", request, context)
        return pb.GetDeletionReceiptResponse(receipt=self._receipt(request.name.replace("/receipts/", "/jobs/")))

    async def ListDeletionReceipts(self, request: pb.ListDeletionReceiptsRequest, context: Any) -> Message:
        await self._begin("ListDeletionReceipts", request, context)
        page, token = self._page(chain(3, "local"), request.page_token)
        return pb.ListDeletionReceiptsResponse(receipts=page, next_page_token=token)

    async def ListStyles(self, request: pb.ListStylesRequest, context: Any) -> Message:
        await self._begin("ListStyles", request, context)
        styles = [
            style_pb2.Style(id=name, title=name.title(), poses=["front", "left"], expressions=["smile"])
            for name in ("corporate", "outdoor", "studio")
        ]
        page, token = self._page(styles, request.page_token)
        return pb.ListStylesResponse(styles=page, next_page_token=token)

    async def GetServerInfo(self, request: pb.GetServerInfoRequest, context: Any) -> Message:
        await self._begin("GetServerInfo", request, context)
        info = server_pb2.ServerInfo(version="1.0", profile="fake", policy_version=self.policy_version)
        info.receipt_keys.add(id=KEY_ID, public_key=RAW)
        info.limits.max_pictures = 40
        info.limits.hard_ttl.FromSeconds(86_400)
        return pb.GetServerInfoResponse(server=info)

    async def _begin(self, rpc: str, request: Message, context: Any, there: bool = True) -> None:
        kept = type(request)()
        kept.CopyFrom(request)
        self.requests[rpc].append(kept)
        self.headers = dict(context.invocation_metadata())
        if self.refusals[rpc]:
            await _abort(context, self.refusals[rpc].pop(0))
        if not there:
            await _abort(context, NotFound(reasons.REASON_NOT_FOUND, "there is no such thing"))

    def _upload(self, name: str) -> upload_pb2.Upload:
        photos = [upload_pb2.Photo(kind=KIND_JPEG, size_bytes=len(photo)) for photo in self.uploads[name]]
        return expiring(upload_pb2.Upload(name=name, photos=photos))

    def _receipt(self, subject: str) -> Any:
        (receipt,) = chain(1, "local")
        told = receipt.statement
        told.subject = self.receipts_are_about or subject
        told.name = f"{TENANT}/receipts/{subject.rpartition('/')[2]}"
        receipt = signed(told)
        if self.forged_receipts:
            receipt.signature = bytes(64)
        return receipt

    def _page(self, values: list[Any], token: str) -> tuple[list[Any], str]:
        start = int(token or 0)
        end = start + self.page_size
        return values[start:end], str(end) if end < len(values) else ""


async def _chunks(requests: AsyncIterator[pb.CreateUploadRequest]) -> AsyncIterator[Any]:
    async for request in requests:
        yield request.chunk


async def _abort(context: Any, error: LikenessError) -> None:
    await context.abort_with_status(rpc_status.to_status(to_status(error)))


@asynccontextmanager
async def running(gateway: FakeGateway, credentials: grpc.ServerCredentials | None = None) -> AsyncIterator[int]:
    """The port it serves on."""
    server = grpc.aio.server()
    add_GatewayServiceServicer_to_server(gateway, server)
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


@contextmanager
def running_elsewhere(gateway: FakeGateway) -> Iterator[int]:
    """The same for programs without an event loop: in a thread of its own."""
    import threading

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = running(gateway)
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

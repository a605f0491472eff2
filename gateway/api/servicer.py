"""The public API over gRPC: decode, call, encode. Whose call it is, `gateway.tenants` says."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc.aio
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer

from gateway.api.jobs import Jobs
from gateway.api.ordering import Ordering
from gateway.api.pages import PageTokens
from gateway.api.receipts import ReceiptBook
from gateway.api.results import Results
from gateway.api.seeds import Seeds
from gateway.api.server import Server
from gateway.api.styles import styles_page
from gateway.api.uploads import Uploads
from gateway.api.watching import Watching
from gateway.styles import Styles
from gateway.tenants.caller import caller

NAME = pb.DESCRIPTOR.services_by_name["GatewayService"].full_name

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the calls are made of."""

    uploads: Uploads
    ordering: Ordering
    jobs: Jobs
    watching: Watching
    results: Results
    seeds: Seeds
    receipts: ReceiptBook
    server: Server
    styles: Styles
    tokens: PageTokens


class GatewayServicer(GatewayServiceServicer):
    """Every name is read as the caller's: what is another tenant's does not exist."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def CreateUpload(
        self, request_iterator: AsyncIterator[pb.CreateUploadRequest], context: Context
    ) -> pb.CreateUploadResponse:
        return await self._parts.uploads.create(_tenant(), request_iterator)

    async def GetUpload(self, request: pb.GetUploadRequest, context: Context) -> pb.GetUploadResponse:
        return pb.GetUploadResponse(upload=await self._parts.uploads.get(_tenant(), request.name))

    async def DeleteUpload(self, request: pb.DeleteUploadRequest, context: Context) -> pb.DeleteUploadResponse:
        return pb.DeleteUploadResponse(receipt=await self._parts.uploads.delete(_tenant(), request.name))

    async def InspectUpload(self, request: pb.InspectUploadRequest, context: Context) -> pb.InspectUploadResponse:
        return await self._parts.uploads.inspect(_tenant(), request.name)

    async def CreateJob(self, request: pb.CreateJobRequest, context: Context) -> pb.CreateJobResponse:
        return pb.CreateJobResponse(job=await self._parts.ordering.create(_tenant(), request))

    def FindSeed(self, request: pb.FindSeedRequest, context: Context) -> AsyncGenerator[pb.FindSeedResponse, None]:
        return self._parts.seeds.find(_tenant(), request)

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> pb.GetJobResponse:
        return pb.GetJobResponse(job=await self._parts.jobs.get(_tenant(), request.name))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:
        return await self._parts.jobs.page(_tenant(), request)

    def WatchJob(self, request: pb.WatchJobRequest, context: Context) -> AsyncGenerator[pb.WatchJobResponse, None]:
        return self._parts.watching.watch(_tenant(), request)

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> pb.CancelJobResponse:
        return pb.CancelJobResponse(job=await self._parts.jobs.cancel(_tenant(), request.name))

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:
        return pb.DeleteJobResponse(receipt=await self._parts.jobs.delete(_tenant(), request.name))

    async def ListTries(self, request: pb.ListTriesRequest, context: Context) -> pb.ListTriesResponse:
        return await self._parts.results.tries(_tenant(), request)

    def DownloadResult(
        self, request: pb.DownloadResultRequest, context: Context
    ) -> AsyncGenerator[pb.DownloadResultResponse, None]:
        return self._parts.results.download(_tenant(), request)

    def DownloadThumbnail(
        self, request: pb.DownloadThumbnailRequest, context: Context
    ) -> AsyncGenerator[pb.DownloadThumbnailResponse, None]:
        return self._parts.results.thumbnail(_tenant(), request.name)

    async def ListStyles(self, request: pb.ListStylesRequest, context: Context) -> pb.ListStylesResponse:
        return styles_page(self._parts.styles, self._parts.tokens, request)

    async def GetDeletionReceipt(
        self, request: pb.GetDeletionReceiptRequest, context: Context
    ) -> pb.GetDeletionReceiptResponse:
        return pb.GetDeletionReceiptResponse(receipt=await self._parts.receipts.get(_tenant(), request.name))

    async def ListDeletionReceipts(
        self, request: pb.ListDeletionReceiptsRequest, context: Context
    ) -> pb.ListDeletionReceiptsResponse:
        return await self._parts.receipts.page(_tenant(), request)

    async def GetServerInfo(self, request: pb.GetServerInfoRequest, context: Context) -> pb.GetServerInfoResponse:
        return pb.GetServerInfoResponse(server=await self._parts.server.info())


def _tenant() -> str:
    return caller().tenant

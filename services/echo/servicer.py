"""Echo over gRPC: decode, call, encode."""

import importlib.metadata
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.work_pb2 import MadeBy
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceServicer

from likeness_wire.chunks import Accept, chunks_of, cut, incoming
from likeness_wire.errors import BadRequest
from services.common.lane import Lane
from services.common.timings import timings
from services.echo.metrics import EchoMetrics
from services.echo.model import EchoModel, Saying

NAME = pb.DESCRIPTOR.services_by_name["EchoService"].full_name

_LONGEST_TEXT = 64 * 1024
_LONGEST_HOLD_S = 60

Context = grpc.aio.ServicerContext[Any, Any]


class EchoServicer(EchoServiceServicer):
    """Gives back what it gets."""

    def __init__(self, lane: Lane[Saying, str], metrics: EchoMetrics, accept: Accept) -> None:
        self._lane = lane
        self._metrics = metrics
        self._accept = accept
        self._made_by = MadeBy(
            service="echo", engine="echo", device=EchoModel.device, version=importlib.metadata.version("likeness")
        )

    async def Echo(self, request: pb.EchoRequest, context: Context) -> pb.EchoResponse:
        text, ticket = await self._lane.run(_saying(request))
        return pb.EchoResponse(text=text, timings=timings(ticket), made_by=self._made_by)

    async def EchoBlobs(
        self, request_iterator: AsyncIterator[pb.EchoBlobsRequest], context: Context
    ) -> AsyncIterator[pb.EchoBlobsResponse]:
        async for arriving in incoming(chunks_of(request_iterator), self._accept):
            blob = await arriving.whole()
            for chunk in cut(blob):
                yield pb.EchoBlobsResponse(chunk=chunk)
            self._metrics.echoed.inc(arriving.size_bytes)


def everything(max_bytes: int, max_blobs: int, idle_s: float) -> Accept:
    """Any role, any kind: an echo does not look."""
    kinds = frozenset({Kind.KIND_JPEG, Kind.KIND_PNG, Kind.KIND_WEBP, Kind.KIND_HEIC, Kind.KIND_RGB8, Kind.KIND_F32})
    roles = (
        Role.ROLE_PHOTO,
        Role.ROLE_PICTURE,
        Role.ROLE_INIT,
        Role.ROLE_CONTROL,
        Role.ROLE_PREVIEW,
        Role.ROLE_LATENTS,
    )
    return Accept(dict.fromkeys(roles, kinds), max_bytes, max_blobs, idle_s)


def _saying(request: pb.EchoRequest) -> Saying:
    hold_s = request.hold.ToTimedelta().total_seconds()
    if not 0 <= hold_s <= _LONGEST_HOLD_S:
        raise BadRequest(reasons.REASON_INVALID_FIELD, "hold is out of range", fields={"hold": "0 to 60 s"})
    if len(request.text) > _LONGEST_TEXT:
        raise BadRequest(reasons.REASON_INVALID_FIELD, "text is too long", fields={"text": "at most 64 KiB"})
    return Saying(request.text, hold_s)

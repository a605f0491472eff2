"""The generator over gRPC: decode, call, encode. It does not know which engine renders."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc.aio
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceServicer

from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from services.common.admission import Priority
from services.common.driver import Driver, Steps
from services.generator.answers import Answer, Maker
from services.generator.call import Call, Event, Failed, Previewed, Rendered, Stepped
from services.generator.fields import refuse
from services.generator.menu import Menu
from services.generator.metrics import GeneratorMetrics
from services.generator.options import Wanted, wanted
from services.generator.pixels import DecodePhoto, complete

NAME = pb.DESCRIPTOR.services_by_name["GeneratorService"].full_name

Context = grpc.aio.ServicerContext[Any, Any]

_LOSSLESS = frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})
_PHOTOS = _LOSSLESS | {Kind.KIND_JPEG, Kind.KIND_WEBP, Kind.KIND_HEIC}
ROLES: Mapping[Role, frozenset[Kind]] = {
    Role.ROLE_CONTROL: _LOSSLESS,
    Role.ROLE_INIT: _LOSSLESS,
    Role.ROLE_LATENTS: frozenset({Kind.KIND_F32}),
    Role.ROLE_PHOTO: _PHOTOS,
}


class GeneratorServicer(GeneratorServiceServicer):
    """Renders what it is told."""

    def __init__(
        self,
        driver: Driver[Call, Event],
        menu: Menu,
        maker: Maker,
        info: pb.GetInfoResponse,
        accept: Accept,
        metrics: GeneratorMetrics,
        decode_photo: DecodePhoto | None = None,
    ) -> None:
        self._driver = driver
        self._menu = menu
        self._maker = maker
        self._info = info
        self._accept = accept
        self._metrics = metrics
        self._decode_photo = decode_photo
        self._steps = Steps()

    async def Generate(
        self, request_iterator: AsyncIterator[pb.GenerateRequest], context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        options = wanted(await options_of(request_iterator), self._menu)
        blobs = await self._blobs(request_iterator, options)
        request = await asyncio.to_thread(complete, options, blobs, self._decode_photo)
        answer = Answer(request, options.kind, self._maker.made_by(request))
        urgent = options.priority is Priority.INTERACTIVE
        visit = self._driver.visit(lambda emit: Call(request, emit, urgent=urgent), options.priority)
        with self._steps.held(visit, options.step_id):
            yield answer.accepted(visit.ahead, visit.estimate_s)
            async for event in visit.events():
                self._metrics.count(event)
                for message in await _messages(event, answer, visit.ticket.waited_s):
                    yield message
            yield answer.done()

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return self._info

    async def _blobs(self, requests: AsyncIterator[pb.GenerateRequest], options: Wanted) -> list[Blob]:
        """Exactly those that were announced."""
        blobs = [await arriving.whole() async for arriving in incoming(chunks_of(requests), self._accept)]
        for role, count in options.blobs.items():
            if sum(blob.role == role for blob in blobs) != count:
                refuse(Role.Name(role), f"{count} of them, as the options announce")
        return blobs


async def _messages(event: Event, answer: Answer, waited_s: float) -> list[pb.GenerateResponse]:
    match event:
        case Stepped():
            return [answer.step(event)]
        case Previewed():
            return list(answer.preview(event))
        case Failed():
            return [answer.failed(event)]
        case Rendered():
            return await asyncio.to_thread(answer.picture, event, waited_s)
    return []

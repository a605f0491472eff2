"""The upscaler over gRPC: decode, call, encode."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceServicer

from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from likeness_wire.errors import BadPhoto, BadRequest
from services.common.admission import Priority
from services.common.driver import Driver, Ended, Steps
from services.upscaler.answers import Answer, Maker
from services.upscaler.calls import Call, Enlarged, Event, Failed, Progressed
from services.upscaler.catalogue import Served
from services.upscaler.enlargement import Order
from services.upscaler.metrics import UpscalerMetrics
from services.upscaler.reading import Reader
from services.upscaler.wishes import Wish, wish

NAME = pb.DESCRIPTOR.services_by_name["UpscalerService"].full_name
MOST_PICTURES = 8

KINDS = frozenset({Kind.KIND_JPEG, Kind.KIND_PNG, Kind.KIND_WEBP, Kind.KIND_HEIC, Kind.KIND_RGB8})

Context = grpc.aio.ServicerContext[Any, Any]


class _Brought:
    """The pictures of a call: those that can be enlarged, those that cannot, and how long decoding took."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.failed: list[Failed] = []
        self.seconds: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self.orders) + len(self.failed)


class UpscalerServicer(UpscalerServiceServicer):
    """Enlarges, and keeps nothing."""

    def __init__(
        self,
        driver: Driver[Call, Event],
        networks: Mapping[str, Served],
        reader: Reader,
        maker: Maker,
        info: pb.GetInfoResponse,
        accept: Accept,
        metrics: UpscalerMetrics,
        encode_threads: int,
    ) -> None:
        self._driver = driver
        self._networks = networks
        self._reader = reader
        self._maker = maker
        self._info = info
        self._accept = accept
        self._metrics = metrics
        self._encode_threads = encode_threads
        self._steps = Steps()

    async def Upscale(
        self, request_iterator: AsyncIterator[pb.UpscaleRequest], context: Context
    ) -> AsyncIterator[pb.UpscaleResponse]:
        wanted = wish(await options_of(request_iterator), self._networks)
        brought = await self._brought(request_iterator, wanted)
        answer = Answer(wanted, self._maker, self._encode_threads)
        urgent = wanted.priority is Priority.INTERACTIVE
        visit = self._driver.visit(lambda emit: Call(brought.orders, emit, urgent=urgent), wanted.priority)
        with self._steps.held(visit, wanted.step_id):
            yield answer.accepted(visit.ahead, visit.estimate_s)
            for failed in brought.failed:
                self._metrics.count(failed)
                yield answer.failed(failed)
            async for event in visit.events():
                self._metrics.count(event)
                async for message in _messages(event, answer, brought):
                    yield message
            answer.waited(visit.ticket.waited_s)
            yield answer.done()

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return self._info

    async def _brought(self, requests: AsyncIterator[pb.UpscaleRequest], wanted: Wish) -> _Brought:
        brought = _Brought()
        async for arriving in incoming(chunks_of(requests), self._accept):
            blob = await arriving.whole()
            began = time.perf_counter()
            try:
                brought.orders[blob.index] = await asyncio.to_thread(self._order, blob, wanted)
            except (BadPhoto, BadRequest) as error:
                brought.failed.append(Failed(blob.index, error))
            brought.seconds[blob.index] = time.perf_counter() - began
        if not len(brought):
            raise BadRequest(reasons.REASON_INVALID_FIELD, "send at least one picture", fields={"chunk": "a picture"})
        wanted.check_faces(len(brought))
        return brought

    def _order(self, blob: Blob, wanted: Wish) -> Order:
        return wanted.order(blob.index, self._reader.read(blob), self._info.max_output_pixels)


async def _messages(event: Event, answer: Answer, brought: _Brought) -> AsyncIterator[pb.UpscaleResponse]:
    match event:
        case Progressed():
            yield answer.progress(event)
        case Enlarged():
            order, decode_s = brought.orders[event.picture], brought.seconds[event.picture]
            messages = answer.picture(event, order, decode_s)
            # The first message waits for the encoder; chunks after it are only cut.
            yield await asyncio.to_thread(next, messages)
            for message in messages:
                yield message
        case Ended():
            pass

"""Embedding over gRPC: decode, call, encode."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import grpc.aio
from likeness.embedder.v1 import embedder_pb2 as pb
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceServicer

from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from likeness_wire.errors import BadPhoto
from services.common.admission import Priority
from services.common.timings import Stopwatch
from services.embedder.answers import FUSIONS, response
from services.embedder.metrics import EmbedderMetrics
from services.embedder.model import Photo, person_of, required
from services.faces.fusion import Fusion
from services.faces.serving.opened import FaceServer
from services.faces.serving.requests import invalid, priority_of
from services.faces.serving.tasks import SideBySide
from services.faces.serving.turnstile import Turnstile

NAME = pb.DESCRIPTOR.services_by_name["EmbedderService"].full_name
MOST_PHOTOS = 8

Context = grpc.aio.ServicerContext[Any, Any]


class Wanted(NamedTuple):
    """What a call asks for, every default filled in."""

    inspect: bool
    fusion: Fusion
    priority: Priority


class EmbedderServicer(EmbedderServiceServicer):
    """Says who is in photos, and keeps nothing."""

    def __init__(
        self,
        server: FaceServer,
        turnstile: Turnstile,
        accept: Accept,
        info: pb.GetInfoResponse,
        metrics: EmbedderMetrics,
    ) -> None:
        self._server = server
        self._turnstile = turnstile
        self._accept = accept
        self._info = info
        self._metrics = metrics

    async def Embed(self, request_iterator: AsyncIterator[pb.EmbedRequest], context: Context) -> pb.EmbedResponse:
        wanted = wanted_by(await options_of(request_iterator))
        watch = Stopwatch()
        async with self._turnstile.turn(wanted.priority) as turn:
            await turn.comes()
            watch.add("queue", turn.waited_s)
            photos = await self._photos(request_iterator, wanted, watch)
        recognition = self._server.pipeline.recognitions[0]
        person = person_of(recognition, photos, wanted.fusion)
        if not wanted.inspect:
            required(photos, person)
        return response(photos, person, wanted.fusion, recognition, watch, self._server.made_by)

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return self._info

    async def _photos(self, requests: AsyncIterator[pb.EmbedRequest], wanted: Wanted, watch: Stopwatch) -> list[Photo]:
        """Each is worked on while the next one arrives."""
        async with SideBySide[Photo]() as photos:
            async for arriving in incoming(chunks_of(requests), self._accept):
                photos.start(self._photo(await arriving.whole(), wanted, watch))
            if not len(photos):
                raise invalid("chunk", "send one to eight photos")
            return await photos.results()

    async def _photo(self, blob: Blob, wanted: Wanted, watch: Stopwatch) -> Photo:
        pipeline = self._server.pipeline
        try:
            seen = await pipeline.see(blob, wanted.priority, watch)
        except BadPhoto as error:
            self._metrics.count(None)
            return Photo(None, problem=error)
        self._metrics.count(seen.report)
        if not seen.crops:
            return Photo(seen.report)
        return Photo(seen.report, await pipeline.recognise(0, seen.crops[0], wanted.priority, watch))


def wanted_by(options: pb.EmbedOptions) -> Wanted:
    """The options, checked."""
    mode = options.mode if options.HasField("mode") else pb.MODE_REQUIRE
    fusion = options.fusion if options.HasField("fusion") else pb.FUSION_QUALITY
    if mode not in (pb.MODE_REQUIRE, pb.MODE_INSPECT):
        raise invalid("mode", "require or inspect")
    if fusion not in FUSIONS:
        raise invalid("fusion", "by quality or plain mean")
    priority = priority_of(options.priority if options.HasField("priority") else None)
    return Wanted(mode == pb.MODE_INSPECT, FUSIONS[fusion], priority)

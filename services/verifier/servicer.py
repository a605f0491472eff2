"""Verifying over gRPC: decode, call, encode."""

from collections.abc import AsyncIterator, Coroutine
from typing import Any

import grpc.aio
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Role
from likeness.verifier.v1 import verifier_pb2 as pb
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceServicer

from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from likeness_wire.errors import BadRequest
from services.common.timings import Stopwatch
from services.faces.serving.opened import FaceServer
from services.faces.serving.requests import invalid
from services.faces.serving.tasks import SideBySide, as_finished
from services.faces.serving.turnstile import Turnstile
from services.verifier import answers
from services.verifier.measuring import Measuring, Picture, Single
from services.verifier.metrics import VerifierMetrics
from services.verifier.model import ranking
from services.verifier.wishes import MOST_REFERENCES, Wish, wish

NAME = pb.DESCRIPTOR.services_by_name["VerifierService"].full_name
MOST_PICTURES = 64

Context = grpc.aio.ServicerContext[Any, Any]


class VerifierServicer(VerifierServiceServicer):
    """Measures drift, and keeps nothing."""

    def __init__(
        self,
        server: FaceServer,
        turnstile: Turnstile,
        accept: Accept,
        info: pb.GetInfoResponse,
        metrics: VerifierMetrics,
        pictures_at_once: int,
    ) -> None:
        self._server = server
        self._turnstile = turnstile
        self._accept = accept
        self._info = info
        self._metrics = metrics
        self._at_once = pictures_at_once

    async def Verify(
        self, request_iterator: AsyncIterator[pb.VerifyRequest], context: Context
    ) -> AsyncIterator[pb.VerifyResponse]:
        pipeline = self._server.pipeline
        wanted = wish(await options_of(request_iterator), pipeline.recognitions)
        watch, measured = Stopwatch(), {}
        async with self._turnstile.turn(wanted.priority) as turn:
            yield answers.accepted(turn.ahead, turn.estimate_s)
            await turn.comes()
            watch.add("queue", turn.waited_s)
            blobs = _whole(request_iterator, self._accept)
            photos, first = await self._photos(blobs, wanted, watch)
            measuring = Measuring(pipeline, wanted, photos)
            yield answers.reference(measuring.references)
            works = _works(first, blobs, measuring, watch)
            async for picture in as_finished(works, self._at_once):
                measured[picture.index] = picture.verified
                self._metrics.count(picture.verified)
                yield answers.picture(picture.index, picture.verified, measuring.primary, picture.watch)
        yield answers.done(ranking(measured), watch, self._server.made_by)

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return self._info

    async def _photos(self, blobs: AsyncIterator[Blob], wanted: Wish, watch: Stopwatch) -> tuple[list[Single], Blob]:
        """Photos to refer to, and the first picture after them."""
        async with SideBySide[Single]() as photos:
            async for blob in blobs:
                if blob.role == Role.ROLE_PICTURE:
                    return await photos.results(), blob
                if len(photos) == MOST_REFERENCES:
                    raise invalid("chunk", f"at most {MOST_REFERENCES} photos to refer to")
                photos.start(Single.of(blob, self._server.pipeline, wanted, watch))
        raise invalid("chunk", "send at least one picture")


async def _works(
    first: Blob, blobs: AsyncIterator[Blob], measuring: Measuring, watch: Stopwatch
) -> AsyncIterator[Coroutine[Any, Any, Picture]]:
    yield measuring.picture(first, watch)
    async for blob in blobs:
        if blob.role != Role.ROLE_PICTURE:
            raise BadRequest(reasons.REASON_STREAM_ORDER, "photos to refer to come before the pictures")
        yield measuring.picture(blob, watch)


async def _whole(requests: AsyncIterator[pb.VerifyRequest], accept: Accept) -> AsyncIterator[Blob]:
    async for arriving in incoming(chunks_of(requests), accept):
        yield await arriving.whole()

"""An embedder that finds one good face in every photo, unless it is told what is wrong with them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import grpc
from likeness.common.v1.chunk_pb2 import Role
from likeness.common.v1.face_pb2 import Box, Face, KeyPoints, Point, Size
from likeness.common.v1.identity_pb2 import TIER_LOCKED, Drift, Embedding
from likeness.common.v1.quality_pb2 import VERDICT_ACCEPT, VERDICT_REFUSE, Finding, PairDrift, PhotoReport, Quality
from likeness.common.v1.reason_pb2 import Reason
from likeness.common.v1.work_pb2 import Limits
from likeness.embedder.v1 import embedder_pb2 as pb
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceServicer, add_EmbedderServiceServicer_to_server

from gateway.peers import embedder as peer
from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from likeness_wire.errors import BadPhoto
from services.embedder.servicer import MOST_PHOTOS, wanted_by
from services.faces.serving.requests import KINDS, invalid
from tests.stand_ins.service import (
    DIMENSIONS,
    IDLE_S,
    MAX_BYTES,
    RECOGNISER,
    RECOGNISER_ID,
    Context,
    StandIn,
)

IDENTITY = [1.0] * DIMENSIONS

_ACCEPT = Accept({Role.ROLE_PHOTO: KINDS}, max_bytes=MAX_BYTES, max_blobs=MOST_PHOTOS, idle_s=IDLE_S)
_FACE = Face(
    box=Box(left=20, top=20, right=80, bottom=90),
    score=1,
    key_points=KeyPoints(
        left_eye=Point(x=35, y=45),
        right_eye=Point(x=65, y=45),
        nose=Point(x=50, y=60),
        left_mouth=Point(x=40, y=75),
        right_mouth=Point(x=60, y=75),
    ),
)


class StandInEmbedder(StandIn, EmbedderServiceServicer):
    """`photos` holds what came, call by call."""

    name = "embedder"
    service = peer.NAME

    def __init__(self) -> None:
        super().__init__()
        self.refusal: Reason | None = None
        """Of every photo."""
        self.engine = "insightface"
        self.identity = IDENTITY
        self.photos: list[list[Blob]] = []
        self.pause: Callable[[Sequence[Blob]], Awaitable[None]] | None = None

    def register(self, server: grpc.aio.Server) -> None:
        add_EmbedderServiceServicer_to_server(self, server)

    async def Embed(self, request_iterator: AsyncIterator[pb.EmbedRequest], context: Context) -> pb.EmbedResponse:
        answer: pb.EmbedResponse = await self.one(context, self._embed(request_iterator, context))
        return answer

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return pb.GetInfoResponse(
            served_by=self.made_by(self.engine, "faces"),
            recogniser=RECOGNISER,
            limits=Limits(kinds=sorted(KINDS), max_blob_bytes=MAX_BYTES, max_images=MOST_PHOTOS),
        )

    async def _embed(self, requests: AsyncIterator[pb.EmbedRequest], context: Context) -> pb.EmbedResponse:
        wanted = wanted_by(await options_of(requests))
        await self.troubled(context, "begin")
        photos = [await arriving.whole() async for arriving in incoming(chunks_of(requests), _ACCEPT)]
        if not photos:
            raise invalid("chunk", "send one to eight photos")
        self.photos.append(photos)
        if self.pause is not None:
            await self.pause(photos)
        await self.troubled(context, "middle")
        if self.refusal is not None and not wanted.inspect:
            raise BadPhoto(self.refusal, "the photo cannot be used; send another", photo=0)
        return self._answer(len(photos))

    def _answer(self, photos: int) -> pb.EmbedResponse:
        numbers = Embedding(recogniser_id=RECOGNISER_ID, values=self.identity)
        return pb.EmbedResponse(
            photos=[pb.EmbeddedPhoto(report=self._report(index), embedding=numbers) for index in range(photos)],
            identity=None
            if self.refusal
            else pb.Identity(embedding=numbers, fusion=pb.FUSION_QUALITY, weights=[1 / photos] * photos),
            drifts=[
                PairDrift(first=first, second=second, drift=Drift(recogniser_id=RECOGNISER_ID, tier=TIER_LOCKED))
                for second in range(photos)
                for first in range(second)
            ],
            made_by=self.made_by(self.engine, "faces"),
        )

    def _report(self, index: int) -> PhotoReport:
        findings = []
        if self.refusal:
            findings.append(Finding(reason=self.refusal, verdict=VERDICT_REFUSE, advice="send another"))
        return PhotoReport(
            index=index,
            size=Size(width=100, height=100),
            faces=[_FACE],
            chosen=0,
            quality=Quality(eye_distance_px=30, face_px=60, sharpness=0.4, brightness=0.5, contrast=0.2, score=0.9),
            verdict=VERDICT_REFUSE if self.refusal else VERDICT_ACCEPT,
            findings=findings,
        )

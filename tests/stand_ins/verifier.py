"""A verifier that reads which render a picture is, and says of it what its script says."""

from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Role
from likeness.common.v1.face_pb2 import Box, Face, KeyPoints, Point, Size
from likeness.common.v1.identity_pb2 import Drift, Recogniser
from likeness.common.v1.reason_pb2 import Problem
from likeness.common.v1.work_pb2 import Accepted, Limits
from likeness.verifier.v1 import verifier_pb2 as pb
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceServicer, add_VerifierServiceServicer_to_server

from gateway.peers import verifier as peer
from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from services.common.images import decode_trusted
from services.faces.serving.messages import drift
from services.faces.serving.requests import KINDS, invalid
from services.verifier.servicer import MOST_PICTURES
from services.verifier.wishes import MOST_REFERENCES, wish
from tests.stand_ins.drifts import NoDrift, Script, Sight, always
from tests.stand_ins.generator import StandInGenerator
from tests.stand_ins.renders import read_stamp
from tests.stand_ins.service import (
    DIMENSIONS,
    IDLE_S,
    MAX_BYTES,
    RECOGNISER,
    RECOGNISER_ID,
    Context,
    StandIn,
    recognition,
)

_ACCEPT = Accept(
    {Role.ROLE_PHOTO: KINDS, Role.ROLE_PICTURE: KINDS},
    max_bytes=MAX_BYTES,
    max_blobs=MOST_PICTURES + MOST_REFERENCES,
    idle_s=IDLE_S,
)
_WHY = {
    pb.STATUS_NO_FACE: reasons.REASON_NO_FACE,
    pb.STATUS_SEVERAL_FACES: reasons.REASON_MULTIPLE_FACES,
    pb.STATUS_FACE_TOO_SMALL: reasons.REASON_FACE_TOO_SMALL,
    pb.STATUS_UNREADABLE: reasons.REASON_CORRUPT,
}


class StandInVerifier(StandIn, VerifierServiceServicer):
    """`sights` holds every picture that was looked at."""

    name = "verifier"
    service = peer.NAME

    def __init__(self, generator: StandInGenerator) -> None:
        super().__init__()
        self.drift: Script = always(0.1)
        self.copy: bool | None = None
        self.second = False
        """Whether another recogniser gives its opinion too."""
        self.sights: list[Sight] = []
        self.photos: list[int] = []
        """To refer to, in each call."""
        self.pause: Callable[[Sight], Awaitable[None]] | None = None
        """Before each picture is measured."""
        self._generator = generator

    def register(self, server: grpc.aio.Server) -> None:
        add_VerifierServiceServicer_to_server(self, server)

    async def Verify(
        self, request_iterator: AsyncIterator[pb.VerifyRequest], context: Context
    ) -> AsyncIterator[pb.VerifyResponse]:
        async for answer in self.many(context, self._verify(request_iterator, context)):
            yield answer

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return pb.GetInfoResponse(
            served_by=self.made_by("insightface", "faces"),
            primary=RECOGNISER,
            second_opinions=[Recogniser(id="second", dimensions=DIMENSIONS)] if self.second else [],
            limits=Limits(kinds=sorted(KINDS), max_blob_bytes=MAX_BYTES, max_images=MOST_PICTURES),
        )

    async def _verify(
        self, requests: AsyncIterator[pb.VerifyRequest], context: Context
    ) -> AsyncIterator[pb.VerifyResponse]:
        against = wish(await options_of(requests), [recognition()])
        await self.troubled(context, "begin")
        yield pb.VerifyResponse(accepted=Accepted())
        photos, pictures = await _read(requests)
        if not (against.identities or against.references or photos):
            raise invalid("identities", "an identity, a reference or a photo")
        self.photos.append(photos)
        yield pb.VerifyResponse(reference=pb.Reference(baselines=_baselines(photos)))
        measured: dict[int, float] = {}
        for index, picture in enumerate(pictures):
            answer = await self._picture(index, self._sight(picture))
            if answer.HasField("drift"):
                measured[index] = answer.drift.value
            yield pb.VerifyResponse(picture=answer)
            await self.troubled(context, "middle")
        ranking = sorted(range(len(pictures)), key=lambda index: (measured.get(index, np.inf), index))
        yield pb.VerifyResponse(done=pb.Done(ranking=ranking, made_by=self.made_by("insightface", "faces")))

    def _sight(self, picture: Blob) -> Sight:
        pixels = decode_trusted(picture)
        height, width, _ = pixels.shape
        number, enlarged = read_stamp(pixels) or (0, False)
        sight = Sight(self._generator.find(number), enlarged, width, height)
        self.sights.append(sight)
        return sight

    async def _picture(self, index: int, sight: Sight) -> pb.VerifiedPicture:
        if self.pause is not None:
            await self.pause(sight)
        verdict = self.drift(sight)
        size = Size(width=sight.width, height=sight.height)
        if isinstance(verdict, NoDrift):
            problem = Problem(reason=_WHY[verdict.status], message="there is no number")
            return pb.VerifiedPicture(index=index, status=verdict.status, problem=problem, size=size)
        measured = drift(verdict, recognition())
        return pb.VerifiedPicture(
            index=index,
            status=pb.STATUS_MEASURED,
            drift=measured,
            nearest=Drift(recogniser_id=RECOGNISER_ID, value=verdict, tier=measured.tier),
            face=_face(sight),
            faces=1,
            copy=self.copy,
            size=size,
        )


async def _read(requests: AsyncIterator[pb.VerifyRequest]) -> tuple[int, list[Blob]]:
    blobs = [await arriving.whole() async for arriving in incoming(chunks_of(requests), _ACCEPT)]
    pictures = [blob for blob in blobs if blob.role == Role.ROLE_PICTURE]
    if not pictures:
        raise invalid("chunk", "send at least one picture")
    return len(blobs) - len(pictures), pictures


def _baselines(photos: int) -> list[pb.Baseline]:
    if photos < 2:
        return []
    return [pb.Baseline(recogniser_id=RECOGNISER_ID, references=photos, smallest=0.05, median=0.1, largest=0.2)]


def _face(sight: Sight) -> Face:
    """In the middle of it."""

    def at(x: float, y: float) -> Point:
        return Point(x=x * sight.width, y=y * sight.height)

    return Face(
        box=Box(left=0.3 * sight.width, top=0.2 * sight.height, right=0.7 * sight.width, bottom=0.7 * sight.height),
        score=1,
        key_points=KeyPoints(
            left_eye=at(0.42, 0.4),
            right_eye=at(0.58, 0.4),
            nose=at(0.5, 0.5),
            left_mouth=at(0.45, 0.6),
            right_mouth=at(0.55, 0.6),
        ),
    )

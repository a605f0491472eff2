"""An upscaler that makes pictures larger and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import grpc
import numpy as np
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import Size as SizeMessage
from likeness.common.v1.work_pb2 import Accepted, Limits
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceServicer, add_UpscalerServiceServicer_to_server
from PIL import Image

from gateway.peers import upscaler as peer
from likeness_wire.chunks import Accept, Blob, chunks_of, cut, incoming, options_of
from likeness_wire.errors import LikenessError
from likeness_wire.status import to_problem
from services.common.images import decode_trusted, encode_png
from services.faces.serving.requests import KINDS, invalid
from services.upscaler.targets import ByFactor, ByLongSide, Exactly, Size, Target, check, framing
from tests.stand_ins.generator import StandInGenerator
from tests.stand_ins.renders import Pixels, Render, read_stamp, stamped
from tests.stand_ins.service import IDLE_S, MAX_BYTES, Context, StandIn, model

_ACCEPT = Accept({Role.ROLE_PICTURE: KINDS}, max_bytes=MAX_BYTES, max_blobs=8, idle_s=IDLE_S)
_NETWORK, _FACTOR, _MOST_PIXELS = "x4plus", 4, 64_000_000


class StandInUpscaler(StandIn, UpscalerServiceServicer):
    """`enlarged` holds the renders that came, in that order; None for pictures that no stand-in rendered.
    `options`: those of each call."""

    name = "upscaler"
    service = peer.NAME

    def __init__(self, generator: StandInGenerator) -> None:
        super().__init__()
        self.enlarged: list[Render | None] = []
        self.options: list[pb.UpscaleOptions] = []
        self.refuse: Callable[[Render | None], LikenessError | None] = lambda render: None
        self.pause: Callable[[Render | None], Awaitable[None]] | None = None
        """Before each picture."""
        self._generator = generator

    def register(self, server: grpc.aio.Server) -> None:
        add_UpscalerServiceServicer_to_server(self, server)

    async def Upscale(
        self, request_iterator: AsyncIterator[pb.UpscaleRequest], context: Context
    ) -> AsyncIterator[pb.UpscaleResponse]:
        async for answer in self.many(context, self._upscale(request_iterator, context)):
            yield answer

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return pb.GetInfoResponse(
            served_by=self.made_by("esrgan", _NETWORK),
            networks=[pb.Network(name=_NETWORK, factor=_FACTOR, model=model(_NETWORK))],
            default_network=_NETWORK,
            max_factor=_FACTOR,
            max_output_pixels=_MOST_PIXELS,
            limits=Limits(kinds=sorted(KINDS), max_blob_bytes=MAX_BYTES, max_images=8),
        )

    async def _upscale(
        self, requests: AsyncIterator[pb.UpscaleRequest], context: Context
    ) -> AsyncIterator[pb.UpscaleResponse]:
        options = await options_of(requests)
        self.options.append(options)
        await self.troubled(context, "begin")
        blobs = [await arriving.whole() async for arriving in incoming(chunks_of(requests), _ACCEPT)]
        if not blobs:
            raise invalid("chunk", "send at least one picture")
        with self.only(options.step_id):
            yield pb.UpscaleResponse(accepted=Accepted())
            sent = 0
            for index, blob in enumerate(blobs):
                async for message in self._picture(index, sent, blob, options, context):
                    sent += message.HasField("picture")
                    yield message
            yield pb.UpscaleResponse(done=pb.Done(pictures=sent, made_by=self.made_by("esrgan", _NETWORK)))

    async def _picture(
        self, index: int, place: int, blob: Blob, options: pb.UpscaleOptions, context: Context
    ) -> AsyncIterator[pb.UpscaleResponse]:
        pixels = decode_trusted(blob)
        stamp = read_stamp(pixels)
        render = self._generator.find(stamp[0]) if stamp else None
        self.enlarged.append(render)
        yield pb.UpscaleResponse(progress=pb.Progress(picture=index, done=0, tiles=1, fraction=0.5))
        if self.pause is not None:
            await self.pause(render)
        try:
            size = _size(pixels, options)
            if (error := self.refuse(render)) is not None:
                raise error
        except LikenessError as error:
            yield pb.UpscaleResponse(failed=pb.FailedPicture(index=index, problem=to_problem(error)))
            return
        yield pb.UpscaleResponse(picture=self._facts(index, pixels, size))
        await self.troubled(context, "middle")
        for message in _chunks(_larger(pixels, stamp, size), place, options):
            yield message

    def _facts(self, index: int, pixels: Pixels, size: Size) -> pb.UpscaledPicture:
        height, width, _ = pixels.shape
        return pb.UpscaledPicture(
            index=index,
            size_before=SizeMessage(width=width, height=height),
            size=SizeMessage(width=size.width, height=size.height),
            network=_NETWORK,
            bits=8,
            tiles=1,
            precision="float32",
            made_by=self.made_by("esrgan", _NETWORK),
        )


def _size(pixels: Pixels, options: pb.UpscaleOptions) -> Size:
    before = Size(pixels.shape[1], pixels.shape[0])
    wanted = framing(before, _target(options))
    check(before, wanted, _FACTOR, _MOST_PIXELS)
    return wanted.size


def _target(options: pb.UpscaleOptions) -> Target:
    match options.WhichOneof("target"):
        case "factor":
            return ByFactor(options.factor)
        case "long_side":
            return ByLongSide(options.long_side)
        case "size":
            return Exactly(Size(options.size.width, options.size.height))
    raise invalid("target", "factor, long_side or size, at least 1 × 1")


def _larger(pixels: Pixels, stamp: tuple[int, bool] | None, size: Size) -> Pixels:
    if stamp is not None:
        return stamped(stamp[0], size.width, size.height, enlarged=True)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST))


def _chunks(pixels: Pixels, place: int, options: pb.UpscaleOptions) -> Iterator[pb.UpscaleResponse]:
    kind = options.kind if options.HasField("kind") else Kind.KIND_PNG
    data = encode_png(pixels) if kind == Kind.KIND_PNG else pixels.tobytes()
    blob = Blob(Role.ROLE_PICTURE, kind, data, place, pixels.shape[1], pixels.shape[0])
    return (pb.UpscaleResponse(chunk=chunk) for chunk in cut(blob))

"""A generator that checks requests as the real one does and renders nothing but numbers."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import grpc
import numpy as np
from likeness.common.v1.chunk_pb2 import Role
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceServicer, add_GeneratorServiceServicer_to_server

from gateway.peers import generator as peer
from likeness_wire.chunks import Accept, Blob, chunks_of, incoming, options_of
from likeness_wire.errors import LikenessError
from services.generator.answers import Answer, Maker
from services.generator.call import Failed, Previewed, Rendered, Request, Stepped
from services.generator.fields import refuse
from services.generator.info import info, limits_of
from services.generator.menu import Canvas, Menu, diffusion_menu
from services.generator.options import Wanted, wanted
from services.generator.pixels import complete
from services.generator.poses import POSES
from services.generator.servicer import ROLES
from tests.stand_ins.renders import Render, stamped
from tests.stand_ins.service import DIMENSIONS, IDLE_S, MAX_BYTES, RECOGNISER_ID, Context, StandIn, model

_ACCEPT = Accept(ROLES, max_bytes=MAX_BYTES, max_blobs=16, idle_s=IDLE_S)
_LOOK = b"\xff\xd8\xff\xe0 no more than this \xff\xd9"

DIFFUSION = diffusion_menu(
    canvas=Canvas(min_side=64),
    bases=("base", "second-base"),
    loras=("lora",),
    controls=("control",),
    recogniser_id=RECOGNISER_ID,
    identity_width=DIMENSIONS,
    backend="eager",
    precision="float32",
    rows=2,
)
PREVIEW = Menu(engine="preview", canvas=Canvas(min_side=64), poses=POSES, needs_photo=True)


class StandInGenerator(StandIn, GeneratorServiceServicer):
    """`renders` holds every picture that was begun, in that order."""

    name = "generator"
    service = peer.NAME

    def __init__(self) -> None:
        super().__init__()
        self.menu = DIFFUSION
        self.renders: list[Render] = []
        self.steps = 2
        """That are reported of each picture."""
        self.pause: Callable[[Render], Awaitable[None]] | None = None
        """Before each picture."""
        self.refuse: Callable[[Render], LikenessError | None] = lambda render: None
        """What the output checker says of each."""
        self._numbers = itertools.count(1)
        self._by_number: dict[int, Render] = {}

    def find(self, number: int) -> Render | None:
        return self._by_number.get(number)

    def register(self, server: grpc.aio.Server) -> None:
        add_GeneratorServiceServicer_to_server(self, server)

    async def Generate(
        self, request_iterator: AsyncIterator[pb.GenerateRequest], context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        async for answer in self.many(context, self._generate(request_iterator, context)):
            yield answer

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        limits = limits_of(_ACCEPT, 4_000_000, photos=self.menu.needs_photo)
        return info(self.menu, self._maker, limits)

    async def _generate(
        self, requests: AsyncIterator[pb.GenerateRequest], context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        options = await options_of(requests)
        checked = wanted(options, self.menu)
        await self.troubled(context, "begin")
        blobs = [await arriving.whole() async for arriving in incoming(chunks_of(requests), _ACCEPT)]
        _check_announced(checked, blobs)
        request = complete(checked, blobs, _no_photo)
        answer = Answer(request, checked.kind, self._maker.made_by(request))
        with self.only(checked.step_id):
            yield answer.accepted(0, None)
            for index, picture in enumerate(request.pictures):
                render = self._begin(picture.seed, options, blobs)
                async for message in self._picture(index, render, request, answer, context):
                    yield message
            yield answer.done()

    async def _picture(
        self, index: int, render: Render, request: Request, answer: Answer, context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        for step in range(1, self.steps + 1):
            yield answer.step(Stepped(index, 0, step, self.steps))
            if request.preview_every_steps and step % request.preview_every_steps == 0:
                for message in answer.preview(Previewed(index, step, _LOOK)):
                    yield message
        if self.pause is not None:
            await self.pause(render)
        if (error := self.refuse(render)) is not None:
            yield answer.failed(Failed(index, error))
            return
        first, *rest = answer.picture(_rendered(index, render, request), 0.0)
        yield first
        await self.troubled(context, "middle")
        for message in rest:
            yield message

    def _begin(self, seed: int, options: object, blobs: Sequence[Blob]) -> Render:
        roles = tuple(blob.role for blob in blobs)
        latents = tuple(_number_in(blob) for blob in blobs if blob.role == Role.ROLE_LATENTS)
        render = Render(next(self._numbers), seed, options, roles, latents)  # type: ignore[arg-type]
        self.renders.append(render)
        self._by_number[render.number] = render
        return render

    @property
    def _maker(self) -> Maker:
        names = (*self.menu.bases, *self.menu.loras, *self.menu.controls)
        refs: Mapping[str, object] = {name: model(name) for name in names}
        return Maker(self.menu.engine, "cpu", "0", refs)  # type: ignore[arg-type]


def _rendered(index: int, render: Render, request: Request) -> Rendered:
    planes = np.full((4, request.height // 8, request.width // 8), render.number, np.float32)
    return Rendered(
        picture=index,
        pixels=stamped(render.number, request.width, request.height),
        seconds={"prepare": 0.001, "denoise": 0.01, "decode": 0.002},
        latents=planes if request.send_latents else None,
        anchor_latents=-planes if request.send_latents and len(request.passes) > 1 else None,
    )


def _number_in(latents: Blob) -> int:
    return int(np.frombuffer(latents.data, np.float32)[0])


def _check_announced(checked: Wanted, blobs: Sequence[Blob]) -> None:
    for role, count in checked.blobs.items():
        if sum(blob.role == role for blob in blobs) != count:
            refuse(Role.Name(role), f"{count} of them, as the options announce")


def _no_photo(blob: Blob) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Nobody looks at it."""
    return np.zeros((100, 100, 3), np.uint8)

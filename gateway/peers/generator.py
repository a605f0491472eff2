"""The generator: pictures of an identity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from google.protobuf.message import Message
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceStub

from gateway.peers.peer import Peer, Turn, numbered
from likeness_wire.chunks import Accept, Blob, outgoing
from likeness_wire.errors import LikenessError
from likeness_wire.status import from_problem

if TYPE_CHECKING:
    from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceAsyncStub  # exists in the stubs alone

NAME = pb.DESCRIPTOR.services_by_name["GeneratorService"].full_name

_PIXELS = frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})
_ACCEPT = Accept(
    {
        Role.ROLE_PICTURE: _PIXELS,
        Role.ROLE_PREVIEW: frozenset({Kind.KIND_JPEG}),
        Role.ROLE_LATENTS: frozenset({Kind.KIND_F32}),
        Role.ROLE_ANCHOR_LATENTS: frozenset({Kind.KIND_F32}),
    },
    max_bytes=64 * 1024 * 1024,
    max_blobs=1 << 20,
    # Between blobs lies the whole denoising: the call's own deadline holds.
    idle_s=float("inf"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a picture in the making: JPEG, at most 64 KiB."""

    picture: int
    step: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture. Latents where they were asked for, those of the anchor where its plan has several passes."""

    index: int
    facts: pb.RenderedPicture = field(repr=False)
    picture: Blob
    latents: Blob | None = None
    anchor_latents: Blob | None = None


@dataclass(frozen=True, slots=True)
class Unrendered:
    """A picture that will not come: the output checker refused it."""

    index: int
    error: LikenessError


Hear: TypeAlias = Callable[["pb.Step | Look"], None]


class Generator(Peer[pb.GetInfoResponse]):
    """Typed calls of it."""

    name = "generator"

    async def render(
        self,
        options: options_pb2.GenerateOptions,
        blobs: Sequence[Blob],
        turn: Turn,
        hear: Hear = lambda heard: None,
    ) -> list[Rendered | Unrendered]:
        """The pictures of the options, in their order. `blobs`: what the options announce, each with its role.

        `hear` is told of steps and looks as they come; after a loss in mid-call they start over.
        """
        complete = options_pb2.GenerateOptions()
        complete.CopyFrom(options)
        complete.priority = turn.message
        sent = numbered(blobs)

        async def send() -> list[Rendered | Unrendered]:
            answer = _Answer(hear)
            call = self._stub.Generate(outgoing(pb.GenerateRequest(options=complete), sent))
            async for blob in self._blobs(call, _ACCEPT, answer.hear):
                answer.take(blob)
            if answer.breach(len(complete.pictures)):
                self._breach("pictures missing, or others than were asked for")
            return answer.pictures()

        return await self._in_turn(send, turn, len(complete.pictures))

    @property
    def _stub(self) -> "GeneratorServiceAsyncStub":
        return GeneratorServiceStub(self._channel)

    async def _ask(self, timeout_s: float) -> pb.GetInfoResponse:
        return await self._stub.GetInfo(pb.GetInfoRequest(), timeout=timeout_s)


class _Answer:
    """One answer while it comes: blobs belong to the facts before them."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._facts: Message | None = None
        self._rendered: dict[int, tuple[pb.RenderedPicture, dict[Role, Blob]]] = {}
        self._failed: dict[int, LikenessError] = {}
        self._done: pb.Done | None = None

    def hear(self, part: Message) -> None:
        match part:
            case pb.Step():
                self._hear(part)
            case pb.RenderedPicture():
                self._facts = part
                self._rendered[part.index] = (part, {})
            case pb.Preview():
                self._facts = part
            case pb.FailedPicture():
                self._failed[part.index] = from_problem(part.problem)
            case pb.Done():
                self._done = part

    def take(self, blob: Blob) -> None:
        match self._facts:
            case pb.RenderedPicture(index=index):
                self._rendered[index][1][blob.role] = blob
            case pb.Preview(picture=picture, step=step):
                self._hear(Look(picture, step, bytes(blob.data)))

    def breach(self, asked: int) -> bool:
        came = sorted([*self._rendered, *self._failed])
        return (
            self._done is None
            or came != list(range(asked))
            or any(_roles(facts) != blobs.keys() for facts, blobs in self._rendered.values())
        )

    def pictures(self) -> list[Rendered | Unrendered]:
        rendered = [
            Rendered(
                index,
                facts,
                blobs[Role.ROLE_PICTURE],
                blobs.get(Role.ROLE_LATENTS),
                blobs.get(Role.ROLE_ANCHOR_LATENTS),
            )
            for index, (facts, blobs) in self._rendered.items()
        ]
        failed = [Unrendered(index, error) for index, error in self._failed.items()]
        return sorted([*rendered, *failed], key=lambda picture: picture.index)


def _roles(facts: pb.RenderedPicture) -> set[Role]:
    roles = {Role.ROLE_PICTURE}
    if facts.has_latents:
        roles.add(Role.ROLE_LATENTS)
    if facts.has_anchor_latents:
        roles.add(Role.ROLE_ANCHOR_LATENTS)
    return roles

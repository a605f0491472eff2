"""The upscaler: larger pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.protobuf.message import Message
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceStub

from gateway.peers.peer import Peer, Turn, numbered
from likeness_wire.chunks import Accept, Blob, outgoing
from likeness_wire.errors import LikenessError
from likeness_wire.status import from_problem

if TYPE_CHECKING:
    from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceAsyncStub  # exists in the stubs alone

NAME = pb.DESCRIPTOR.services_by_name["UpscalerService"].full_name

_ACCEPT = Accept(
    {Role.ROLE_PICTURE: frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})},
    # 8192 × 8192 pixels.
    max_bytes=192 * 1024 * 1024,
    max_blobs=1,
    # Before the picture come all its tiles: the call's own deadline holds.
    idle_s=float("inf"),
)


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A larger picture, and what made it."""

    facts: pb.UpscaledPicture = field(repr=False)
    picture: Blob


class Upscaler(Peer[pb.GetInfoResponse]):
    """Typed calls of it."""

    name = "upscaler"

    async def enlarge(
        self,
        options: pb.UpscaleOptions,
        picture: Blob,
        turn: Turn,
        hear: Callable[[pb.Progress], None] = lambda progress: None,
    ) -> Enlarged:
        """One picture. Raises why it could not be enlarged. Progress starts over after a loss in mid-call."""
        complete = pb.UpscaleOptions()
        complete.CopyFrom(options)
        complete.priority = turn.message
        sent = numbered([picture], Role.ROLE_PICTURE)

        async def send() -> Enlarged:
            answer = _Answer(hear)
            call = self._stub.Upscale(outgoing(pb.UpscaleRequest(options=complete), sent))
            async for blob in self._blobs(call, _ACCEPT, answer.hear):
                answer.blob = blob
            if answer.failed is not None:
                raise answer.failed
            if answer.blob is None or answer.facts is None or not answer.done:
                self._breach("no picture, or no end")
            return Enlarged(answer.facts, answer.blob)

        return await self._in_turn(send, turn, 1)

    @property
    def _stub(self) -> "UpscalerServiceAsyncStub":
        return UpscalerServiceStub(self._channel)

    async def _ask(self, timeout_s: float) -> pb.GetInfoResponse:
        return await self._stub.GetInfo(pb.GetInfoRequest(), timeout=timeout_s)


class _Answer:
    """One answer while it comes."""

    def __init__(self, hear: Callable[[pb.Progress], None]) -> None:
        self._hear = hear
        self.facts: pb.UpscaledPicture | None = None
        self.blob: Blob | None = None
        self.failed: LikenessError | None = None
        self.done = False

    def hear(self, part: Message) -> None:
        match part:
            case pb.Progress():
                self._hear(part)
            case pb.UpscaledPicture():
                self.facts = part
            case pb.FailedPicture():
                self.failed = from_problem(part.problem)
            case pb.Done():
                self.done = True

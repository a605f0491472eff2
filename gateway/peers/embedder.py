"""The embedder: who is in photos."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from likeness.common.v1.chunk_pb2 import Role
from likeness.embedder.v1 import embedder_pb2 as pb
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceStub

from gateway.peers.peer import Peer, Turn, numbered
from likeness_wire.chunks import Blob, outgoing

if TYPE_CHECKING:
    from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceAsyncStub  # exists in the stubs alone

NAME = pb.DESCRIPTOR.services_by_name["EmbedderService"].full_name


class Embedder(Peer[pb.GetInfoResponse]):
    """Typed calls of it."""

    name = "embedder"

    async def embed(self, photos: Sequence[Blob], turn: Turn, *, mode: pb.Mode = pb.MODE_REQUIRE) -> pb.EmbedResponse:
        """One to eight photos of one person. Requiring: BadPhoto with the first reason why they cannot be used."""
        options = pb.EmbedOptions(mode=mode, priority=turn.message)
        sent = numbered(photos, Role.ROLE_PHOTO)

        async def send() -> pb.EmbedResponse:
            return await self._stub.Embed(outgoing(pb.EmbedRequest(options=options), sent))

        answer = await self._in_turn(send, turn, len(sent))
        if len(answer.photos) != len(sent) or (mode == pb.MODE_REQUIRE and not answer.HasField("identity")):
            self._breach("photos or identity missing")
        return answer

    @property
    def _stub(self) -> "EmbedderServiceAsyncStub":
        return EmbedderServiceStub(self._channel)

    async def _ask(self, timeout_s: float) -> pb.GetInfoResponse:
        return await self._stub.GetInfo(pb.GetInfoRequest(), timeout=timeout_s)

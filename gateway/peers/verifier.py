"""The verifier: how far pictures have drifted from a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from likeness.common.v1.chunk_pb2 import Role
from likeness.verifier.v1 import verifier_pb2 as pb
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceStub

from gateway.peers.peer import Peer, Turn, numbered
from likeness_wire.chunks import Blob, outgoing

if TYPE_CHECKING:
    from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceAsyncStub  # exists in the stubs alone

NAME = pb.DESCRIPTOR.services_by_name["VerifierService"].full_name


@dataclass(frozen=True, slots=True)
class Verified:
    """Pictures in the order they were sent; what they were measured against; their places, nearest first."""

    pictures: tuple[pb.VerifiedPicture, ...]
    baselines: tuple[pb.Baseline, ...]
    done: pb.Done

    @property
    def ranking(self) -> Sequence[int]:
        return self.done.ranking


class Verifier(Peer[pb.GetInfoResponse]):
    """Typed calls of it."""

    name = "verifier"

    async def verify(
        self, options: pb.VerifyOptions, photos: Sequence[Blob], pictures: Sequence[Blob], turn: Turn
    ) -> Verified:
        """Each picture against the identity of the options and the photos, of which there may be none."""
        complete = pb.VerifyOptions()
        complete.CopyFrom(options)
        complete.priority = turn.message
        sent = [*numbered(photos, Role.ROLE_PHOTO), *numbered(pictures, Role.ROLE_PICTURE)]

        async def send() -> Verified:
            call = self._stub.Verify(outgoing(pb.VerifyRequest(options=complete), sent))
            verified = _read([response async for response in call])
            if verified is None or len(verified.pictures) != len(pictures):
                self._breach("pictures missing, or others than were sent")
            return verified

        return await self._in_turn(send, turn, len(pictures))

    @property
    def _stub(self) -> "VerifierServiceAsyncStub":
        return VerifierServiceStub(self._channel)

    async def _ask(self, timeout_s: float) -> pb.GetInfoResponse:
        return await self._stub.GetInfo(pb.GetInfoRequest(), timeout=timeout_s)


def _read(responses: Sequence[pb.VerifyResponse]) -> Verified | None:
    """None where it is not complete."""
    baselines: tuple[pb.Baseline, ...] = ()
    pictures: dict[int, pb.VerifiedPicture] = {}
    done: pb.Done | None = None
    for response in responses:
        match response.WhichOneof("part"):
            case "reference":
                baselines = tuple(response.reference.baselines)
            case "picture":
                pictures[response.picture.index] = response.picture
            case "done":
                done = response.done
    if done is None or sorted(pictures) != list(range(len(pictures))):
        return None
    return Verified(tuple(pictures[index] for index in sorted(pictures)), baselines, done)

"""Answers that are not what the contract promises: damaged under way, incomplete, or of something else."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import grpc
import pytest
from likeness.common.v1.chunk_pb2 import Chunk
from likeness.embedder.v1 import embedder_pb2
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceServicer, add_EmbedderServiceServicer_to_server
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceServicer, add_GeneratorServiceServicer_to_server
from likeness.upscaler.v1 import upscaler_pb2
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceServicer, add_UpscalerServiceServicer_to_server
from likeness.verifier.v1 import verifier_pb2
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceServicer, add_VerifierServiceServicer_to_server

from gateway.metrics import GatewayMetrics
from gateway.peers import Peers, PeerSettings, Rendered, Turn, open_peers
from likeness_wire.chunks import cut
from likeness_wire.errors import Internal
from tests.gateway.peers.requests import AGAINST, PHOTO, order, picture
from tests.stand_ins.service import Context
from tests.stand_ins.standing import AT_ONCE

DONE = pb.GenerateResponse(done=pb.Done(pictures=1))


def rendered(
    index: int = 0, spoil: Callable[[Chunk], None] = lambda chunk: None, place: int = 0
) -> list[pb.GenerateResponse]:
    """Facts and chunks of a picture, which comes in that place."""
    chunks = list(cut(replace(picture(), index=place)))
    for chunk in chunks:
        spoil(chunk)
    facts = pb.GenerateResponse(picture=pb.RenderedPicture(index=index))
    return [facts, *(pb.GenerateResponse(chunk=chunk) for chunk in chunks)]


def damage(chunk: Chunk) -> None:
    if chunk.HasField("data"):
        chunk.data = bytes([chunk.data[0] ^ 1]) + chunk.data[1:]


class Odd(GeneratorServiceServicer, EmbedderServiceServicer, VerifierServiceServicer, UpscalerServiceServicer):
    """Says what it is given, call by call; the last of it again and again."""

    def __init__(self, *answers: Sequence[pb.GenerateResponse]) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def Generate(
        self, request_iterator: AsyncIterator[pb.GenerateRequest], context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        async for _ in request_iterator:
            pass
        self.calls += 1
        for answer in self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]:
            yield answer

    async def Embed(
        self, request_iterator: AsyncIterator[embedder_pb2.EmbedRequest], context: Context
    ) -> embedder_pb2.EmbedResponse:
        return embedder_pb2.EmbedResponse(photos=[embedder_pb2.EmbeddedPhoto()])

    async def Verify(
        self, request_iterator: AsyncIterator[verifier_pb2.VerifyRequest], context: Context
    ) -> AsyncIterator[verifier_pb2.VerifyResponse]:
        yield verifier_pb2.VerifyResponse(picture=verifier_pb2.VerifiedPicture(index=1))
        yield verifier_pb2.VerifyResponse(done=verifier_pb2.Done(ranking=[1]))

    async def Upscale(
        self, request_iterator: AsyncIterator[upscaler_pb2.UpscaleRequest], context: Context
    ) -> AsyncIterator[upscaler_pb2.UpscaleResponse]:
        yield upscaler_pb2.UpscaleResponse(done=upscaler_pb2.Done())


class Serving:
    """An odd service and the gateway's calls of it."""

    def __init__(self, odd: Odd) -> None:
        self.odd = odd

    async def __aenter__(self) -> Peers:
        self._server = grpc.aio.server()
        for add in (
            add_GeneratorServiceServicer_to_server,
            add_EmbedderServiceServicer_to_server,
            add_VerifierServiceServicer_to_server,
            add_UpscalerServiceServicer_to_server,
        ):
            add(self.odd, self._server)  # type: ignore[operator]
        address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        await self._server.start()
        names = ("embedder", "generator", "verifier", "upscaler")
        settings = PeerSettings(**dict.fromkeys(names, address))  # type: ignore[arg-type]
        self._peers = open_peers(settings, GatewayMetrics(), again=AT_ONCE)
        return await self._peers.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._peers.__aexit__(None, None, None)
        await self._server.stop(None)


async def test_damaged_bytes_are_asked_for_again(turn: Turn) -> None:
    """They are nobody's photo that cannot be read: the network is to blame, and the same request brings others."""
    odd = Odd([*rendered(spoil=damage), DONE], [*rendered(), DONE])
    async with Serving(odd) as peers:
        (found,) = await peers.generator.render(order(1), [], turn)

    assert isinstance(found, Rendered)
    assert bytes(found.picture.data) == picture().data
    assert odd.calls == 2


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [DONE],
        rendered(),
        [*rendered(), *rendered(1, place=1), DONE],
        [*rendered(1), DONE],
        [rendered()[0], DONE],
    ],
    ids=["nothing", "no picture", "no end", "too many", "another one", "no pixels"],
)
async def test_an_answer_that_makes_no_sense_is_a_fault(turn: Turn, answer: list[pb.GenerateResponse]) -> None:
    """Of the service, said once: asking again would bring the same."""
    odd = Odd(answer)
    async with Serving(odd) as peers:
        with pytest.raises(Internal, match="generator"):
            await peers.generator.render(order(1), [], turn)
    assert odd.calls == 1


async def test_the_others_are_checked_too(turn: Turn) -> None:
    """An identity that is missing, a picture that was not sent, an end without a picture."""
    async with Serving(Odd([])) as peers:
        with pytest.raises(Internal, match="embedder"):
            await peers.embedder.embed([PHOTO], turn)
        with pytest.raises(Internal, match="verifier"):
            await peers.verifier.verify(AGAINST, [], [picture()], turn)
        with pytest.raises(Internal, match="upscaler"):
            await peers.upscaler.enlarge(upscaler_pb2.UpscaleOptions(factor=2), picture(), turn)

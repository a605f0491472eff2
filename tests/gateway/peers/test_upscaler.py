"""Calls of the upscaler."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Kind
from likeness.upscaler.v1 import upscaler_pb2 as pb

from gateway.peers import Peers, Turn
from likeness_wire.errors import BadPhoto, BadRequest
from services.common.images import decode_trusted
from tests.gateway.peers.requests import order, picture
from tests.stand_ins import StandIns, Trouble
from tests.stand_ins.renders import read_stamp


async def test_a_picture_comes_back_larger(services: StandIns, peers: Peers, turn: Turn) -> None:
    """With what made it; progress is heard on the way."""
    await peers.generator.render(order(4), [], turn)
    heard: list[pb.Progress] = []

    larger = await peers.upscaler.enlarge(pb.UpscaleOptions(long_side=384), picture(1), turn, heard.append)

    assert (larger.facts.size.width, larger.facts.size.height) == (256, 384)
    assert decode_trusted(larger.picture).shape == (384, 256, 3)
    assert read_stamp(decode_trusted(larger.picture)) == (1, True)
    assert [progress.fraction for progress in heard] == [0.5]
    assert [render.seed for render in services.upscaler.enlarged if render] == [4]


async def test_what_cannot_be_enlarged_says_why(services: StandIns, peers: Peers, turn: Turn) -> None:
    """As an error of the call: there was one picture."""
    services.upscaler.refuse = lambda render: BadPhoto(reasons.REASON_CORRUPT, "truncated or damaged")
    with pytest.raises(BadPhoto) as failure:
        await peers.upscaler.enlarge(pb.UpscaleOptions(factor=2), picture(1), turn)
    assert failure.value.reason == reasons.REASON_CORRUPT

    with pytest.raises(BadRequest) as too_much:
        await peers.upscaler.enlarge(pb.UpscaleOptions(factor=9), picture(1), turn)
    assert too_much.value.reason == reasons.REASON_SCALE_TOO_LARGE


async def test_a_call_lost_in_mid_picture_is_sent_again(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Half a picture is no picture."""
    services.upscaler.trouble.append(Trouble(when="middle"))

    larger = await peers.upscaler.enlarge(pb.UpscaleOptions(factor=2, kind=Kind.KIND_RGB8), picture(1), turn)

    assert (larger.picture.width, larger.picture.height) == (256, 384)
    assert services.upscaler.calls == 2

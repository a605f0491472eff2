"""Calls of the verifier."""

import pytest
from likeness.common.v1 import identity_pb2
from likeness.common.v1.chunk_pb2 import Kind
from likeness.verifier.v1 import verifier_pb2 as pb

from gateway.peers import Peers, Turn
from likeness_wire.errors import BadRequest
from tests.gateway.peers.requests import AGAINST, PHOTO, order, picture
from tests.stand_ins import NoDrift, StandIns, Trouble, by_seed


async def test_pictures_are_measured_in_the_order_sent(services: StandIns, peers: Peers, turn: Turn) -> None:
    """With a baseline where there are photos, and the ranking."""
    await peers.generator.render(order(1, 2, 3), [], turn)
    services.verifier.drift = by_seed({1: 0.4, 2: NoDrift(pb.STATUS_NO_FACE), 3: 0.1})

    sent = [picture(1), picture(2, Kind.KIND_RGB8), picture(3)]
    seen = await peers.verifier.verify(AGAINST, [PHOTO, PHOTO], sent, turn)

    measured = [each.drift.tier for each in seen.pictures]
    assert [identity_pb2.TIER_MATCH, identity_pb2.TIER_UNSPECIFIED, identity_pb2.TIER_LOCKED] == measured
    assert seen.pictures[1].status == pb.STATUS_NO_FACE
    assert list(seen.ranking) == [2, 0, 1]
    assert [2] == [baseline.references for baseline in seen.baselines]
    assert seen.done.made_by.engine == "insightface"


async def test_a_call_lost_in_the_middle_is_sent_again(services: StandIns, peers: Peers, turn: Turn) -> None:
    """And answered once."""
    services.verifier.trouble.append(Trouble(when="middle"))

    seen = await peers.verifier.verify(AGAINST, [], [picture(1), picture(2)], turn)

    assert len(seen.pictures) == 2
    assert services.verifier.calls == 2


async def test_measuring_against_nothing_is_refused(peers: Peers, turn: Turn) -> None:
    """By the service, under the name of the field."""
    with pytest.raises(BadRequest) as failure:
        await peers.verifier.verify(pb.VerifyOptions(), [], [picture(1)], turn)

    assert "identities" in failure.value.fields

"""Calls of the embedder."""

from dataclasses import replace

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import Role
from likeness.embedder.v1 import embedder_pb2 as pb

from gateway.peers import Peers, Turn
from likeness_wire.errors import BadPhoto
from tests.gateway.peers.requests import PHOTO
from tests.stand_ins import StandIns
from tests.stand_ins.service import RECOGNISER_ID


async def test_photos_become_an_identity(services: StandIns, peers: Peers, turn: Turn) -> None:
    """In the order given, whatever they were numbered as before."""
    found = await peers.embedder.embed([PHOTO, replace(PHOTO, role=Role.ROLE_PICTURE, index=7)], turn)

    assert found.identity.embedding.recogniser_id == RECOGNISER_ID
    assert [photo.report.index for photo in found.photos] == [0, 1]
    assert [bytes(photo.data) for photo in services.embedder.photos[0]] == [PHOTO.data] * 2


async def test_a_refused_photo_fails_the_call_by_name(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Which photo and why, and no second try: it would be refused again."""
    services.embedder.refusal = reasons.REASON_NO_FACE

    with pytest.raises(BadPhoto) as failure:
        await peers.embedder.embed([PHOTO], turn)

    assert (failure.value.reason, failure.value.metadata) == (reasons.REASON_NO_FACE, {"photo": "0"})
    assert services.embedder.calls == 1


async def test_inspecting_a_refused_photo_says_what_is_wrong(services: StandIns, peers: Peers, turn: Turn) -> None:
    """There is no identity then, and no error."""
    services.embedder.refusal = reasons.REASON_BLURRED

    found = await peers.embedder.embed([PHOTO], turn, mode=pb.MODE_INSPECT)

    assert not found.HasField("identity")
    assert [finding.reason for finding in found.photos[0].report.findings] == [reasons.REASON_BLURRED]

"""Whether everybody is there whom a piece of work needs."""

import pytest

from gateway.metrics import GatewayMetrics
from gateway.peers import Peers, present
from likeness_wire.errors import Unavailable
from tests.stand_ins import StandIns


def missed(metrics: GatewayMetrics) -> set[str]:
    """Services that are counted as missed."""
    names = ("embedder", "generator", "upscaler", "verifier")
    count = metrics.registry.get_sample_value
    labels = [{"service": name, "reason": "peer_unavailable"} for name in names]
    return {each["service"] for each in labels if count("likeness_dispatch_retries_total", each)}


async def test_what_serves_is_told_in_turn(services: StandIns, peers: Peers, metrics: GatewayMetrics) -> None:
    """And nobody is missed."""
    verifier, generator = await present(peers.verifier, peers.generator)

    assert (verifier, generator) == (await peers.verifier.info(), await peers.generator.info())
    assert missed(metrics) == set()


async def test_all_who_are_away_are_missed_at_once(services: StandIns, peers: Peers, metrics: GatewayMetrics) -> None:
    """The first of them is named; whoever scales from zero wakes them side by side."""
    for service in (services.generator, services.upscaler):
        await service.leave()

    with pytest.raises(Unavailable, match=r"^the generator does not answer$"):
        await present(peers.verifier, peers.generator, peers.upscaler)
    assert missed(metrics) == {"generator", "upscaler"}

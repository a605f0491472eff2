"""The four services as the gateway calls them: typed, in turn, within the caller's deadline.

    async with open_peers(settings, metrics) as peers:
        turn = Turn(tenant, Priority.BATCH)
        who = await peers.embedder.embed(photos, turn)
        (picture,) = await peers.generator.render(options, [], turn, hear)
        seen = await peers.verifier.verify(against, [], [picture.picture], turn)

What is refused before work began, or lost in mid-work, is sent again by `gateway.dispatch`; what comes out otherwise is
an error of `likeness_wire.errors`. Nothing is kept here.
"""

from gateway.peers.embedder import Embedder
from gateway.peers.generator import Generator, Look, Rendered, Unrendered
from gateway.peers.opened import Peers, open_peers
from gateway.peers.peer import Turn, present
from gateway.peers.settings import PeerSettings
from gateway.peers.upscaler import Enlarged, Upscaler
from gateway.peers.verifier import Verified, Verifier

__all__ = [
    "Embedder",
    "Enlarged",
    "Generator",
    "Look",
    "PeerSettings",
    "Peers",
    "Rendered",
    "Turn",
    "Unrendered",
    "Upscaler",
    "Verified",
    "Verifier",
    "open_peers",
    "present",
]

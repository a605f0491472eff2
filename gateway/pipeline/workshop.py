"""What every picture of this process is made with."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.peers import Peers
from gateway.pipeline.finishing import Marker
from gateway.styles import Styles
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Workshop:
    """As long as the process. `encoding` has few threads, since each keeps a core busy. `clock`: seconds since 1970."""

    vault: Vault
    peers: Peers
    styles: Styles
    marker: Marker
    encoding: Threads
    metrics: GatewayMetrics
    clock: Callable[[], float]
    looks_every_steps: int

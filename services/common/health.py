"""The standard health protocol, telling two things apart.

`""` is life: the event loop answers and every worker is idle or within its time. A restart mends its absence.
`<package>.<Service>` is readiness: loaded, warm and not draining. Being busy changes neither.
"""

import asyncio
import time
from collections.abc import Callable

import grpc.aio
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as grpc_health
from grpc_health.v1.health_pb2 import HealthCheckResponse

from services.common.metrics import ShellMetrics

HEARTBEAT_S = 1.0

_SERVING = HealthCheckResponse.SERVING
_NOT_SERVING = HealthCheckResponse.NOT_SERVING


class Health:
    """The health of one process. `pings` are asked at every heartbeat; one that says no makes the process dead."""

    def __init__(self, metrics: ShellMetrics) -> None:
        self.pings: dict[str, Callable[[], bool]] = {}
        self._services: list[str] = []
        self._metrics = metrics
        self._protocol = grpc_health.HealthServicer()

    def register(self, server: grpc.aio.Server) -> None:
        health_pb2_grpc.add_HealthServicer_to_server(self._protocol, server)

    async def add(self, service: str) -> None:
        """A service that exists and is not ready yet."""
        self._services.append(service)
        await self._protocol.set(service, _NOT_SERVING)

    async def ready(self, is_ready: bool) -> None:
        for service in self._services:
            await self._protocol.set(service, _SERVING if is_ready else _NOT_SERVING)
        self._metrics.ready.set(is_ready)

    async def beat(self) -> None:
        """The heartbeat, until cancelled. A loop that is stuck cannot answer probes at all, which says the same."""
        while True:
            await self._protocol.set("", _SERVING if self.alive() else _NOT_SERVING)
            due = time.monotonic() + HEARTBEAT_S
            await asyncio.sleep(HEARTBEAT_S)
            self._metrics.loop_lag_seconds.set(max(0.0, time.monotonic() - due))

    def alive(self) -> bool:
        return all(ping() for ping in self.pings.values())

"""Wires the gateway together."""

from contextlib import AsyncExitStack

from likeness.gateway.v1.gateway_pb2_grpc import add_GatewayServiceServicer_to_server

from gateway.api.servicer import NAME, GatewayServicer
from gateway.http.face import open_face
from gateway.metrics import GatewayMetrics
from gateway.opened import open_counter, open_gateway
from gateway.settings import GatewaySettings
from services.common import peers
from services.common.launch import launch
from services.common.serving import serving


async def serve(settings: GatewaySettings) -> None:
    """Runs until SIGTERM."""
    metrics = GatewayMetrics()
    # All of it outlives the shell: calls that drain still need it.
    async with AsyncExitStack() as stack:
        counter = await stack.enter_async_context(open_counter(settings, metrics))
        entrance = peers.public(settings.public_certificate(), counter.door.admit)
        async with serving(settings, metrics, name="gateway", entrance=entrance, inside=True) as shell:
            await stack.enter_async_context(open_face(settings, shell.inside_port, shell.stop))
            async with shell.loading("sweep"):
                gateway = await stack.enter_async_context(open_gateway(settings, metrics, counter))
            await shell.offer(GatewayServicer(gateway.parts), add_GatewayServiceServicer_to_server, NAME)
            await shell.until_stopped()
            gateway.parts.watching.close()


if __name__ == "__main__":
    launch(GatewaySettings, serve)

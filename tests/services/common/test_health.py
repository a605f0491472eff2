"""Life and readiness, told apart."""

import asyncio
from collections.abc import Awaitable, Callable

from grpc.aio import insecure_channel
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from likeness.echo.v1 import echo_pb2 as pb

from services.echo.servicer import NAME
from tests.running import RunningShell, until
from tests.services.common.test_lane import Gated

Start = Callable[..., Awaitable[RunningShell]]

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING


async def _status(port: int, service: str) -> int:
    async with insecure_channel(f"127.0.0.1:{port}") as channel:
        return (await HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=5)).status


async def test_a_starting_process_is_alive_and_not_ready(start_shell: Start) -> None:
    """Loading weights for minutes is no reason to be restarted."""
    running = await start_shell(ready=False)
    await running.shell.offer(object(), lambda servicer, server: None, NAME)

    assert await _status(running.shell.grpc_port, "") == SERVING
    assert await _status(running.shell.grpc_port, NAME) == NOT_SERVING


async def test_a_saturated_process_stays_live_and_ready(start_shell: Start) -> None:
    """Busy is not sick: a restart would only lose the work."""
    model = Gated()
    running = await start_shell(model=model, queue_places=1)
    calls = [asyncio.ensure_future(_call(running))]
    await until(lambda: model.batches)
    calls += [asyncio.ensure_future(_call(running)) for _ in range(2)]
    await until(lambda: running.lane.admission.waiting_items == 1)

    assert await _status(running.shell.grpc_port, "") == SERVING
    assert await _status(running.shell.grpc_port, NAME) == SERVING
    model.gate.set()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_a_dead_worker_makes_the_process_dead(start_shell: Start) -> None:
    """A worker that is overdue or gone can only be mended by a restart."""
    running = await start_shell()
    alive = True
    running.shell.health.pings["test"] = lambda: alive
    assert running.shell.health.alive()

    alive = False
    assert not running.shell.health.alive()


async def test_a_health_port_of_its_own_answers_in_plain_text(start_shell: Start) -> None:
    """Probes speak no TLS; the port serves health and nothing else."""
    running = await start_shell(health_port=0)

    assert running.shell.health_port != running.shell.grpc_port
    assert await _status(running.shell.health_port, NAME) == SERVING


async def _call(running: RunningShell) -> None:
    await running.stub.Echo(pb.EchoRequest(text="a"))

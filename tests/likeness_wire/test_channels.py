"""Channels over several replicas."""

import json

from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub

from likeness_wire.channels import connect, service_config
from tests.running import RunningShell, running_shell

NAME = "likeness.echo.v1.EchoService"


def test_only_plain_calls_are_left_to_grpcs_own_retries() -> None:
    """Streams would outgrow its buffer and silently lose their retries."""
    config = json.loads(service_config(NAME))

    assert config["methodConfig"][0]["name"] == [{"service": NAME, "method": "Echo"}]


async def test_replicas_take_turns_and_a_sick_one_is_left_out() -> None:
    """Round robin over the healthy; a replica that is not ready gets nothing."""
    async with running_shell() as one, running_shell() as two:
        target = f"ipv4:127.0.0.1:{one.shell.grpc_port},127.0.0.1:{two.shell.grpc_port}"
        async with connect(target, NAME, default_timeout_s=10) as channel:
            stub = EchoServiceStub(channel)

            async def calls(count: int) -> tuple[float, float]:
                before = _handled(one), _handled(two)
                for _ in range(count):
                    await stub.Echo(pb.EchoRequest(), wait_for_ready=True)
                return _handled(one) - before[0], _handled(two) - before[1]

            while 0 in await calls(2):  # until both connections stand
                pass
            assert await calls(10) == (5, 5)

            await one.shell.health.ready(False)
            while (await calls(1))[0]:
                pass
            assert await calls(6) == (0, 6)


def _handled(running: RunningShell) -> float:
    registry = running.metrics.registry
    labels = {"grpc_type": "unary_unary", "grpc_service": NAME, "grpc_method": "Echo", "grpc_code": "OK"}
    return registry.get_sample_value("grpc_server_handled_total", labels) or 0.0

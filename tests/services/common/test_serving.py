"""A process from its first port to its last call."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from grpc import StatusCode
from grpc.aio import AioRpcError, Channel, insecure_channel
from likeness.common.v1 import reason_pb2 as reasons
from likeness.echo.v1 import echo_pb2 as pb
from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub

from likeness_wire.channels import connect
from likeness_wire.errors import DeviceLost, Exhausted, Unavailable
from likeness_wire.status import from_rpc_error
from services.common.admission import Stop
from services.common.startup import StartupError
from services.echo.model import Saying
from services.echo.servicer import NAME
from tests.running import RunningProcess, RunningShell, running_process, running_shell, until
from tests.services.common.test_lane import Gated

Start = Callable[..., Awaitable[RunningShell]]

_BRIEFLY = Duration(nanos=20_000_000)


async def test_sigterm_under_hundreds_of_calls_loses_none(tmp_path: Path) -> None:
    """What was accepted is finished, and the process says goodbye with status 0."""
    with running_process(tmp_path / "log", queue_places=400, batch_items=16) as echo:
        async with connect(f"127.0.0.1:{echo.grpc_port}", NAME, default_timeout_s=30) as channel:
            stub = EchoServiceStub(channel)
            await stub.Echo(pb.EchoRequest(text="first"))
            calls = [asyncio.ensure_future(_echo(stub, pb.EchoRequest(text=str(n), hold=_BRIEFLY))) for n in range(300)]
            await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            echo.process.send_signal(signal.SIGTERM)

            assert await asyncio.gather(*calls) == [str(n) for n in range(300)]
        assert await asyncio.to_thread(echo.process.wait, 20) == 0


async def test_rolling_restart_under_load_loses_none(tmp_path: Path) -> None:
    """With a second replica, calls that keep coming while the first one drains all succeed."""
    with running_process(tmp_path / "one", drain_delay_s=0.3) as one, running_process(tmp_path / "two") as two:
        target = f"ipv4:127.0.0.1:{one.grpc_port},127.0.0.1:{two.grpc_port}"
        async with connect(target, NAME, default_timeout_s=20) as channel:
            stub, answers, stop = EchoServiceStub(channel), [], asyncio.Event()

            async def caller() -> None:
                while not stop.is_set():
                    answers.append(await _echo(stub, pb.EchoRequest(text="x")))

            callers = [asyncio.ensure_future(caller()) for _ in range(8)]
            await until(lambda: _handled(one) > 20 and _handled(two) > 20)
            one.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(one.process.wait, 20) == 0
            after = _handled(two)
            await until(lambda: _handled(two) > after + 20)
            stop.set()
            await asyncio.gather(*callers)

        assert set(answers) == {"x"}


async def test_a_saturated_server_refuses_at_once_with_a_hint(start_shell: Start) -> None:
    """RESOURCE_EXHAUSTED and when to come back, while the device is still busy."""
    model = Gated()
    running = await start_shell(model=model, queue_places=1)
    accepted = [asyncio.ensure_future(_echo(running.stub, pb.EchoRequest(text=text))) for text in "a"]
    await until(lambda: model.batches)
    accepted.append(asyncio.ensure_future(_echo(running.stub, pb.EchoRequest(text="b"))))
    await until(lambda: running.lane.admission.waiting_items == 1)

    with pytest.raises(AioRpcError) as caught:
        await running.stub.Echo(pb.EchoRequest(text="c"))

    error = from_rpc_error(caught.value)
    assert caught.value.code() == StatusCode.RESOURCE_EXHAUSTED
    assert (type(error), error.reason) == (Exhausted, reasons.REASON_QUEUE_FULL)
    assert error.retry_after_s is not None
    assert error.retry_after_s > 0
    model.gate.set()
    assert await asyncio.gather(*accepted) == ["A", "B"]


async def test_what_waits_too_long_in_a_drain_is_handed_back() -> None:
    """The call in flight is finished; the one behind it may try another replica."""
    model = Gated()
    async with running_shell(model=model, drain_grace_s=0.4) as running, _plain_channel(running) as channel:
        stub = EchoServiceStub(channel)  # no retries: they would hide what the server said
        first = asyncio.ensure_future(_echo(stub, pb.EchoRequest(text="a")))
        await until(lambda: model.batches)
        second = asyncio.ensure_future(_echo(stub, pb.EchoRequest(text="b")))
        await until(lambda: running.lane.admission.waiting_items == 1)
        second.add_done_callback(lambda _: model.gate.set())
        running.shell.stop()
        await running.shell.drain()

        assert await first == "A"
        with pytest.raises(AioRpcError) as caught:
            await second
        assert type(from_rpc_error(caught.value)) is Unavailable
        assert running.metrics.registry.get_sample_value("likeness_drain_timeouts_total") == 0


async def test_calls_that_outlast_the_grace_are_counted() -> None:
    """Cutting calls off is what an operator has to hear about."""
    model = Gated()
    async with running_shell(model=model, drain_grace_s=0.05) as running:
        call = asyncio.ensure_future(_echo(running.stub, pb.EchoRequest(text="a")))
        await until(lambda: model.batches)
        running.shell.stop()
        await running.shell.drain()

        with pytest.raises(AioRpcError):
            await call
        assert running.metrics.registry.get_sample_value("likeness_drain_timeouts_total") == 1
        assert model.stopped == 1


async def test_a_lost_device_ends_the_process_with_its_error() -> None:
    """The call hears of it, and so does whoever runs the process."""

    def model(sayings: Sequence[Saying], stop: Stop) -> list[str | BaseException]:
        raise DeviceLost(reasons.REASON_DEVICE_LOST, "the device is gone")

    with pytest.raises(DeviceLost):
        async with running_shell(model=model) as running:
            with pytest.raises(AioRpcError):
                await running.stub.Echo(pb.EchoRequest(text="a"))
            await running.serving
    assert running.metrics.registry.get_sample_value("likeness_device_lost") == 1


async def test_a_failing_background_task_ends_the_process() -> None:
    """Nothing dies in silence behind a server that looks well."""

    async def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        async with running_shell() as running:
            running.shell.spawn(fail())
            await running.serving


async def test_a_taken_port_is_a_clear_refusal_to_start(start_shell: Start) -> None:
    """The line names the port."""
    running = await start_shell()

    with pytest.raises(StartupError, match=f"port {running.shell.grpc_port} is taken"):
        async with running_shell(grpc_port=running.shell.grpc_port):
            pass
    with pytest.raises(StartupError, match="LIKENESS_METRICS_PORT"):
        async with running_shell(metrics_port=running.shell.metrics_port):
            pass


def _plain_channel(running: RunningShell) -> Channel:
    return insecure_channel(f"127.0.0.1:{running.shell.grpc_port}")


async def _echo(stub: object, request: pb.EchoRequest) -> str:
    return str((await stub.Echo(request)).text)  # type: ignore[attr-defined]


def _handled(process: RunningProcess) -> float:
    return process.metric("grpc_server_handled_total", grpc_code="OK")

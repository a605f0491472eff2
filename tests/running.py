"""Real services for tests: in this process on free ports, or as processes of their own."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from likeness.echo.v1.echo_pb2_grpc import EchoServiceStub, add_EchoServiceServicer_to_server
from prometheus_client.parser import text_string_to_metric_families

from likeness_wire.channels import connect
from likeness_wire.hop import HopChannel
from services.common.admission import Stop
from services.common.lane import Lane
from services.common.peers import Entrance
from services.common.serving import Shell, serving
from services.common.settings import ProcessSettings
from services.echo.metrics import EchoMetrics
from services.echo.model import EchoModel, Saying
from services.echo.servicer import NAME, EchoServicer, everything

if TYPE_CHECKING:
    from likeness.echo.v1.echo_pb2_grpc import EchoServiceAsyncStub  # exists in the stubs alone

ROOT = Path(__file__).parent.parent

Model = Callable[[Sequence[Saying], Stop], Sequence[str | BaseException]]


@dataclass
class RunningShell:
    """An echo service in this process, and a client of it."""

    shell: Shell
    metrics: EchoMetrics
    lane: Lane[Saying, str]
    channel: HopChannel
    serving: "asyncio.Task[None]"
    stub: "EchoServiceAsyncStub" = field(init=False)

    def __post_init__(self) -> None:
        self.stub = EchoServiceStub(self.channel)


@asynccontextmanager
async def running_shell(
    model: Model | None = None,
    *,
    ready: bool = True,
    idle_s: float = 5,
    max_items: int = 1,
    entrance: Entrance | None = None,
    **settings: object,
) -> AsyncIterator[RunningShell]:
    """The echo service around any model, drained at the end."""
    metrics = EchoMetrics()
    configured = ProcessSettings(**settings)  # type: ignore[arg-type]
    async with serving(configured, metrics, name="echo", entrance=entrance) as shell:
        lane = shell.lane(model or EchoModel().echo, shell.worker("echo"), max_items=max_items)
        serving_task = asyncio.ensure_future(asyncio.sleep(0))
        if ready:
            servicer = EchoServicer(lane, metrics, everything(2**26, 64, idle_s))
            await shell.offer(servicer, add_EchoServiceServicer_to_server, NAME)
            serving_task = asyncio.ensure_future(shell.until_stopped())
            await until(lambda: metrics.registry.get_sample_value("likeness_ready") == 1)
        async with connect(f"127.0.0.1:{shell.grpc_port}", NAME, default_timeout_s=10) as channel:
            yield RunningShell(shell, metrics, lane, channel, serving_task)
        shell.stop()
        await serving_task


@dataclass
class RunningProcess:
    """A service as users start it: `python -m services.<name>`."""

    process: "subprocess.Popen[bytes]"
    grpc_port: int
    metrics_port: int
    log: Path

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels."""
        page = urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics").read().decode()
        samples = (sample for family in text_string_to_metric_families(page) for sample in family.samples)
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


@contextmanager
def running_process(log: Path, module: str = "services.echo", **variables: object) -> Iterator[RunningProcess]:
    """The process once it is ready, on ports it chose itself. Killed at the end if it lives still."""
    settings = {f"LIKENESS_{name.upper()}": str(value) for name, value in variables.items()}
    ports = ["GRPC", "METRICS", *(["HTTP"] if module == "gateway" else [])]
    environment = {**os.environ, **{f"LIKENESS_{port}_PORT": "0" for port in ports}, **settings}
    with log.open("wb") as sink:
        process = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=environment, stderr=sink)
    running = RunningProcess(process, 0, 0, log)
    try:
        wait_until(lambda: process.poll() is not None or _said(running, "ready"), timeout_s=120)
        assert process.poll() is None, log.read_text()
        listening = next(line for line in running.lines() if line.get("message") == "listening")
        running.grpc_port, running.metrics_port = int(listening["grpc_port"]), int(listening["metrics_port"])  # type: ignore[call-overload]
        yield running
    finally:
        process.kill()
        process.wait()


async def until(condition: Callable[[], object], timeout_s: float = 10) -> None:
    """Returns once the condition holds; fails the test if it never does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        await asyncio.sleep(0.002)


def wait_until(condition: Callable[[], object], timeout_s: float = 30) -> None:
    """The same, where no event loop runs."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.01)


def _said(running: RunningProcess, message: str) -> bool:
    return any(line.get("message") == message for line in running.lines())

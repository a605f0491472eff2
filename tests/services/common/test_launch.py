"""From the command line to an exit status."""

import os
import subprocess
import sys
from pathlib import Path

from tests.running import ROOT, running_process, wait_until

_LOSING = """
import services.echo.__main__ as echo
from likeness.common.v1.reason_pb2 import REASON_DEVICE_LOST
from likeness_wire.errors import DeviceLost
from services.common.launch import launch
from services.echo.settings import EchoSettings

async def serve(settings):
    raise DeviceLost(REASON_DEVICE_LOST, "gone")

launch(EchoSettings, serve)
"""


_LOADING = """
import asyncio, threading
from services.common.launch import launch
from services.common.serving import serving
from services.echo.metrics import EchoMetrics
from services.echo.settings import EchoSettings

async def serve(settings):
    async with serving(settings, EchoMetrics(), name="slow") as shell:
        await shell.worker("slow").run(threading.Event().wait)

launch(EchoSettings, serve)
"""


def _run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **{f"LIKENESS_{name}": value for name, value in variables.items()}}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def test_the_configuration_can_be_printed() -> None:
    """As an environment file, without starting anything."""
    printed = _run("-m", "services.echo", "--print-config", BATCH_ITEMS="7")

    assert printed.returncode == 0
    assert "LIKENESS_BATCH_ITEMS=7\n" in printed.stdout
    assert "LIKENESS_GRPC_PORT=7450\n" in printed.stdout


def test_a_wrong_setting_is_one_line_and_status_2() -> None:
    """No traceback: the operator needs the variable's name."""
    refused = _run("-m", "services.echo", GRPC_PORT="many")

    assert refused.returncode == 2
    assert refused.stderr.startswith("cannot start: LIKENESS_GRPC_PORT: ")
    assert refused.stderr.count("\n") == 1


def test_a_lost_device_is_status_70_with_the_reason_in_the_log() -> None:
    """Kubernetes restarts the pod; the log says why."""
    ended = _run("-c", _LOSING)

    assert ended.returncode == 70
    assert '"message": "device lost"' in ended.stderr


def test_sigterm_while_loading_ends_at_once_and_well(tmp_path: Path) -> None:
    """Nobody is served yet, so nothing is waited for."""
    log = tmp_path / "log"
    with log.open("wb") as sink:
        loading = subprocess.Popen(
            [sys.executable, "-c", _LOADING],
            cwd=ROOT,
            env={**os.environ, "LIKENESS_GRPC_PORT": "0", "LIKENESS_METRICS_PORT": "0"},
            stderr=sink,
        )
    wait_until(lambda: "listening" in log.read_text())
    loading.terminate()

    assert loading.wait(10) == 0
    assert '"stopped"' in log.read_text()


def test_a_process_leaves_no_core_and_is_closed_to_its_neighbours(tmp_path: Path) -> None:
    """Neither a core file nor one through a pipe could carry a face away."""
    with running_process(tmp_path / "log") as echo:
        limits = Path(f"/proc/{echo.process.pid}/limits").read_text()
        owner = Path(f"/proc/{echo.process.pid}/mem").stat().st_uid

    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    assert owner == 0  # the kernel gives the files of a process that is not dumpable to root

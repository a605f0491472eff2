"""The laptop's processes as its manifests start them, and the node's probes as its manifests put them."""

import re
import signal
import socket
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthCheckResponse

from tests.deploy.processes import service
from tests.deploy.rendering import ROOT, Manifest
from tests.running import running_process, wait_until

pytestmark = pytest.mark.server


@pytest.mark.parametrize("called", ["gateway", "embedder", "generator", "upscaler", "verifier"])
def test_a_pod_comes_up_is_found_ready_and_goes_in_time(
    called: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the variables of its container; asked what the kubelet would ask; told to stop as the kubelet would."""
    process = service("laptop", called)
    told = {}
    for name, value in {**_of_the_image(), **process.variables}.items():
        if name.startswith("LIKENESS_"):
            told[name.removeprefix("LIKENESS_")] = value
        else:
            monkeypatch.setenv(name, value)
    told["HEALTH_PORT"] = str(_free_port())
    if called == "gateway":
        told["HTTP_PORT"] = "0"
    if "DATA_DIR" in told:
        told["DATA_DIR"] = str(tmp_path / "data")
    with running_process(tmp_path / "log", process.module, **told) as running:
        probes = {kind: process.container[f"{kind}Probe"]["grpc"] for kind in ("startup", "readiness", "liveness")}
        address = f"127.0.0.1:{told['HEALTH_PORT']}"
        wait_until(lambda: all(_serves(address, probe) for probe in probes.values()))
        assert not _serves(address, {"service": "likeness.nobody.v1.NobodyService"})

        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(process.pod.spec["terminationGracePeriodSeconds"]) == 0
        # What it was told and does not read is in the log.
        assert [line for line in running.lines() if line.get("message") == "unread variable"] == []


def _of_the_image() -> dict[str, str]:
    """How the laptop's image sets its libraries; where things are in it does not matter here."""
    recipe = (ROOT / "deploy" / "images" / "embedded.Dockerfile").read_text()
    return dict(re.findall(r"^(?:ENV)? +((?:OMP|MALLOC|PYTHON)\w+)=(\w+)", recipe, re.MULTILINE))


def _serves(address: str, probe: Manifest) -> bool:
    with grpc.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest(service=probe.get("service", ""))
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=5)
        except grpc.RpcError:
            return False
    return answer.status == HealthCheckResponse.SERVING


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

"""The upscaler as operators start it."""

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceStub

from tests.running import ROOT, running_process
from tests.services.upscaler import small
from tests.services.upscaler.models_here import models_dir
from tests.services.upscaler.serving_here import png, read, requests


async def test_it_starts_serves_and_drains(tmp_path: Path) -> None:
    """From settings to a picture, and exit status 0 on SIGTERM."""
    variables = {"device": "cpu", "precision": "float32", "networks": '["small"]'}
    models = models_dir(tmp_path / "models")
    with running_process(tmp_path / "log", "services.upscaler", models_dir=models, **variables) as running:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
            stub = UpscalerServiceStub(channel)
            answer = await read(stub.Upscale(requests(pb.UpscaleOptions(factor=4), [png(small.picture(30, 20))])))  # type: ignore[arg-type]
            info = await stub.GetInfo(pb.GetInfoRequest())
        enlarged = running.metric("likeness_pictures_total", outcome="enlarged")
        running.process.terminate()
        status = running.process.wait(30)

    assert answer.result().size == (120, 80)
    assert (info.served_by.device, info.default_network) == ("cpu", "small")
    assert enlarged == 1
    assert status == 0


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"LIKENESS_DEVICE": "cpu"}, "realesrgan-x4plus: no models directory is set (LIKENESS_MODELS_DIR)"),
        ({"LIKENESS_PRECISION": "int4"}, "LIKENESS_PRECISION: input should be"),
    ],
    ids=["no weights", "no such precision"],
)
def test_what_is_missing_stops_it_with_one_line(variables: dict[str, str], line: str) -> None:
    """Exit status 2, and nothing else is used instead."""
    environment = {"LIKENESS_GRPC_PORT": "0", "LIKENESS_METRICS_PORT": "0", **variables, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "services.upscaler"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    (last,) = [said for said in done.stderr.splitlines() if said.startswith("cannot start: ")]
    assert line in last

"""`python -m gateway`: what it starts with, what it refuses, and how it ends."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import grpc.aio
import pytest
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub

from likeness_wire.errors import Unavailable
from likeness_wire.status import from_rpc_error
from tests.gateway.api.front import STYLES, photo, request, upload_messages
from tests.running import ROOT, running_process


def started(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    settings = {"DATA_DIR": str(folder), "GRPC_PORT": "0", "METRICS_PORT": "0", "HTTP_PORT": "0", **variables}
    environment = {f"LIKENESS_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "gateway"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"HOST": "0.0.0.0"}, "cannot start: LIKENESS_HOST: without LIKENESS_AUTH=required"),
        (
            {"DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:1/x", "AUTH": "required"},
            "cannot start: LIKENESS_BINDING_KEY_FILE: ",
        ),
        (
            {"PUBLIC_TLS_CHAIN": "/nowhere.pem"},
            "cannot start: LIKENESS_PUBLIC_TLS_CHAIN: chain and key belong together",
        ),
        ({"STYLES_FILE": "/nowhere.toml"}, "cannot start: nowhere.toml: cannot be read"),
        ({"ALIVE_S": "60"}, "cannot start: LIKENESS_ALIVE_S: "),
    ],
)
def test_what_cannot_be_right_stops_the_start(tmp_path: Path, variables: dict[str, str], complaint: str) -> None:
    """One line, and a status that says whose fault it is."""
    process = started(tmp_path, **variables)

    assert 2 == process.returncode
    assert process.stderr.splitlines()[-1].startswith(complaint), process.stderr


async def test_it_takes_photos_without_any_service_and_ends_while_watched(tmp_path: Path) -> None:
    """Jobs wait for services that come later; a watch that would last for ever does not hold up the end."""
    data = tmp_path / "data"
    with running_process(
        tmp_path / "log", "gateway", data_dir=data, styles_file=STYLES, job_grace_s=1, drain_grace_s=20
    ) as running:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
            stub = GatewayServiceStub(channel)
            upload = (await stub.CreateUpload(upload_messages([photo()]))).upload
            job = (await stub.CreateJob(request(upload.name))).job
            watch = stub.WatchJob(pb.WatchJobRequest(name=job.name))
            await watch.read()

            began = time.monotonic()
            running.process.terminate()
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                while await watch.read() is not grpc.aio.EOF:
                    pass
            status = await asyncio.to_thread(running.process.wait, 30)
        error = from_rpc_error(raised.value)
        assert isinstance(error, Unavailable)
        assert "DRAINING" == error.reason_name
        assert 0 == status
        assert time.monotonic() - began < 15
    assert 0o700 == data.stat().st_mode & 0o777
    assert 0o600 == (data / "binding.key").stat().st_mode & 0o777

"""Who takes part: the services in a process of their own, gateways as users start them, and somebody who calls."""

import contextlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1 import job_pb2, upload_pb2
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub

from gateway.pipeline.seeds import seed_of
from likeness_wire.channels import connect
from likeness_wire.chunks import Blob, outgoing
from services.common.images import encode_jpeg
from tests.running import RunningProcess, running_process

if TYPE_CHECKING:
    from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceAsyncStub  # exists in the stubs alone

SERVICE = "likeness.gateway.v1.GatewayService"
SEED = 1000
PHOTO = Blob(Role.ROLE_PHOTO, Kind.KIND_JPEG, encode_jpeg(np.full((600, 480, 3), 128, np.uint8)))

Lanes = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Services:
    """The stand-ins."""

    addresses: Mapping[str, str]
    _say: IO[str] = field(repr=False)
    _hear: IO[str] = field(repr=False)

    def counted(self) -> dict[str, Any]:
        """Since it was asked last."""
        self._say.write("\n")
        self._say.flush()
        found: dict[str, Any] = json.loads(self._hear.readline())
        return found


@contextlib.contextmanager
def timed_services(lanes: Lanes, drifting: range = range(0)) -> Iterator[Services]:
    """Of the `drifting` pictures the first try is rejected."""
    given = {"lanes": lanes, "drifts": {seed_of(SEED, picture, 1): 0.45 for picture in drifting}}
    command = [sys.executable, "-m", "bench.pipeline.services", json.dumps(given)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Services(json.loads(process.stdout.readline()), process.stdin, process.stdout)
        finally:
            process.terminate()


@contextlib.contextmanager
def gateway(folder: Path, services: Services, **variables: object) -> Iterator[RunningProcess]:
    """`python -m gateway`, over that folder."""
    log = folder / f"gateway-{len(list(folder.glob('*.log')))}.log"
    with running_process(log, "gateway", data_dir=folder / "data", **services.addresses, **variables) as running:
        yield running


@contextlib.asynccontextmanager
async def caller(running: RunningProcess) -> "AsyncIterator[Caller]":
    async with connect(f"127.0.0.1:{running.grpc_port}", SERVICE, default_timeout_s=600) as channel:
        yield Caller(GatewayServiceStub(channel))


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls a gateway."""

    stub: "GatewayServiceAsyncStub"

    async def request(self, pictures: int, long_side: int | None = None, request_id: str = "") -> pb.CreateJobRequest:
        """A job of a fresh upload."""
        first = pb.CreateUploadRequest(spec=upload_pb2.UploadSpec())
        answer = await self.stub.CreateUpload(outgoing(first, [PHOTO]))
        wanted = job_pb2.JobSpec(
            upload=answer.upload.name,
            styles=[job_pb2.StyleOrder(style="corporate", count=pictures, seed=SEED)],
            consent=_consent(),
            long_side=long_side,
        )
        return pb.CreateJobRequest(spec=wanted, request_id=request_id)

    async def ended(self, job: str) -> job_pb2.Job:
        """As it is once it has ended."""
        async for _ in self.stub.WatchJob(pb.WatchJobRequest(name=job)):
            pass
        return (await self.stub.GetJob(pb.GetJobRequest(name=job))).job

    async def done(self, pictures: int, long_side: int | None = None) -> job_pb2.Job:
        answer = await self.stub.CreateJob(await self.request(pictures, long_side))
        return await self.ended(answer.job.name)


def _consent() -> job_pb2.Consent:
    consent = job_pb2.Consent(subject=job_pb2.SUBJECT_CALLER, reference="bench", purpose="bench", policy_version="1")
    consent.give_time.FromDatetime(datetime.now(UTC))
    return consent

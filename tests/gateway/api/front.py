"""The front door as callers find it: a real server over a real vault and job engine, with stand-ins behind it."""

import asyncio
import contextlib
import functools
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc.aio
import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from likeness.common.v1.chunk_pb2 import KIND_PNG, ROLE_PHOTO, Kind
from likeness.gateway.v1 import gateway_pb2 as pb
from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceStub, add_GatewayServiceServicer_to_server
from likeness.gateway.v1.job_pb2 import SUBJECT_CALLER, Consent, Job, JobSpec, StyleOrder
from likeness.gateway.v1.upload_pb2 import Upload, UploadSpec

from gateway.api.servicer import NAME, GatewayServicer
from gateway.jobs.engine import Pace
from gateway.metrics import GatewayMetrics
from gateway.opened import Counter, Gateway, open_counter, open_gateway
from gateway.settings import GatewaySettings
from gateway.tenants.keys import ApiKeys
from likeness_wire.channels import connect
from likeness_wire.chunks import Blob, cut
from likeness_wire.hop import HopChannel
from likeness_wire.status import from_rpc_error
from services.common import images, peers
from services.common.serving import Shell, serving
from tests.gateway.jobs.toy import QUICK
from tests.stand_ins import StandIns

if TYPE_CHECKING:
    from likeness.gateway.v1.gateway_pb2_grpc import GatewayServiceAsyncStub  # exists in the stubs alone

ACME, OTHER = "acme", "other"
# Small pictures of one style, "plain".
STYLES = Path(__file__).parents[1] / "pipeline" / "styles.toml"


@dataclass(slots=True)
class Caller:
    """One tenant at the door. Failures come out as they do from the client."""

    tenant: str
    stub: "GatewayServiceAsyncStub"
    key: str = field(repr=False)

    async def call(self, rpc: str, request: Any) -> Any:
        """One answer."""
        with _typed():
            return await getattr(self.stub, rpc)(request, metadata=self._metadata())

    def stream(self, rpc: str, request: Any) -> Any:
        """The call itself, to be read or cancelled."""
        return getattr(self.stub, rpc)(request, metadata=self._metadata())

    async def answers(self, rpc: str, request: Any) -> list[Any]:
        """A whole stream."""
        with _typed():
            return [message async for message in self.stream(rpc, request)]

    async def upload(self, *photos: bytes, kind: Kind = KIND_PNG, **spec: Any) -> Upload:
        messages = upload_messages(photos or (photo(),), kind, **spec)
        response = await self.call("CreateUpload", iter(messages))
        return response.upload  # type: ignore[no-any-return]

    async def order(self, upload: Upload | None = None, **changes: Any) -> Job:
        """A job. What is changed is of the request or of its spec."""
        upload = upload or await self.upload()
        response = await self.call("CreateJob", request(upload.name, **changes))
        return response.job  # type: ignore[no-any-return]

    async def ended(self, job: Job) -> Job:
        """As it is once it has ended."""
        async with asyncio.timeout(30):
            await self.answers("WatchJob", pb.WatchJobRequest(name=job.name))
        return await self.job(job.name)

    async def made(self, **changes: Any) -> Job:
        """A job that has ended."""
        return await self.ended(await self.order(**changes))

    async def job(self, name: str) -> Job:
        response = await self.call("GetJob", pb.GetJobRequest(name=name))
        return response.job  # type: ignore[no-any-return]

    async def download(self, name: str, **part: Any) -> tuple[Any, bytes]:
        """Facts, and the bytes of the blob."""
        facts, *rest = await self.answers("DownloadResult", pb.DownloadResultRequest(name=name, **part))
        return facts.facts, b"".join(message.chunk.data for message in rest)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key}"),)


@dataclass(slots=True)
class Front:
    """A running gateway."""

    gateway: Gateway
    counter: Counter
    services: StandIns
    shell: Shell
    channel: HopChannel
    folder: Path
    log: list[str] = field(default_factory=list)

    def caller(self, tenant: str = ACME) -> Caller:
        key = ApiKeys(self.counter.books.database).create(tenant).key
        return Caller(tenant, GatewayServiceStub(self.channel), key)


@contextlib.asynccontextmanager
async def open_front(
    folder: Path, services: StandIns, *, pace: Pace = QUICK, **changes: object
) -> AsyncIterator[Front]:
    """As `gateway.__main__` wires it, at a free port."""
    settings = GatewaySettings(
        **{  # type: ignore[arg-type]
            "data_dir": folder,
            "grpc_port": 0,
            "metrics_port": 0,
            "auth": "required",
            "styles_file": STYLES,
            "sweep_every_s": 0.1,
            "calls_per_minute": 1_000_000,
            "calls_burst": 1_000_000,
            "reflection": False,
            **services.addresses,
            **changes,
        }
    )
    metrics = GatewayMetrics()
    async with contextlib.AsyncExitStack() as stack:
        counter = await stack.enter_async_context(open_counter(settings, metrics))
        entrance = peers.public(None, counter.door.admit)
        async with serving(settings, metrics, name="gateway", entrance=entrance) as shell:
            gateway = await stack.enter_async_context(open_gateway(settings, metrics, counter, pace))
            await shell.offer(GatewayServicer(gateway.parts), add_GatewayServiceServicer_to_server, NAME)
            stopped = asyncio.ensure_future(shell.until_stopped())
            await asyncio.sleep(0)
            options = (("grpc.enable_retries", 0),)
            address = f"127.0.0.1:{shell.grpc_port}"
            async with connect(address, NAME, default_timeout_s=30, options=options) as channel:
                yield Front(gateway, counter, services, shell, channel, folder)
            gateway.parts.watching.close()
            shell.stop()
            await stopped


@functools.cache
def photo(number: int = 0) -> bytes:
    """PNG of 100 × 80 pixels."""
    pixels = np.full((80, 100, 3), number, np.uint8)
    pixels[20:60, 30:70] = (200, 150, 120)
    return images.encode_png(pixels)


def upload_messages(photos: Iterable[bytes], kind: Kind = KIND_PNG, **spec: Any) -> Iterator[pb.CreateUploadRequest]:
    yield pb.CreateUploadRequest(spec=UploadSpec(**spec))
    for index, data in enumerate(photos):
        for chunk in cut(Blob(ROLE_PHOTO, kind, data, index)):
            yield pb.CreateUploadRequest(chunk=chunk)


def consent(**changes: Any) -> Consent:
    given = Timestamp()
    given.GetCurrentTime()
    facts = {"subject": SUBJECT_CALLER, "reference": "agreement-17", "purpose": "profile pictures"}
    return Consent(**{**facts, "policy_version": "1", "give_time": given, **changes})


def request(upload: str, **changes: Any) -> pb.CreateJobRequest:
    """Of one picture in the plain style, with an id of its own, unless it is changed."""
    of_request = {name: changes.pop(name) for name in ("request_id", "validate_only", "parent") if name in changes}
    count = changes.pop("count", 1)
    styles = [StyleOrder(style="plain", count=count, seed=1000)]
    spec = JobSpec(**{"upload": upload, "styles": styles, "consent": consent(), **changes})
    return pb.CreateJobRequest(**{"request_id": str(uuid.uuid4()), "spec": spec, **of_request})


@contextlib.contextmanager
def _typed() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as failure:
        raise from_rpc_error(failure) from None

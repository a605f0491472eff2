"""The upscaler as a service in this process, over small networks, and a client that reads whole answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.work_pb2 import COMMERCIAL_USE_YES, ModelRef
from likeness.upscaler.v1 import upscaler_pb2 as pb
from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceStub, add_UpscalerServiceServicer_to_server

from likeness_wire.channels import connect
from likeness_wire.chunks import Accept, Blob, cut, incoming
from services.common.admission import Admission
from services.common.driver import Driver
from services.common.images import ImageLimits
from services.common.serving import Shell, serving
from services.upscaler.answers import Maker
from services.upscaler.calls import Call, Event, items_done
from services.upscaler.catalogue import Served
from services.upscaler.engine import Engine
from services.upscaler.enlarger import Enlarger
from services.upscaler.info import info
from services.upscaler.metrics import UpscalerMetrics
from services.upscaler.pictures import Picture
from services.upscaler.png import encoded
from services.upscaler.reading import Reader
from services.upscaler.servicer import KINDS, MOST_PICTURES, NAME, UpscalerServicer
from services.upscaler.settings import UpscalerSettings
from services.upscaler.workshop import Workshop
from tests.running import until
from tests.services.upscaler import small
from tests.services.upscaler.test_png_in import read_png

if TYPE_CHECKING:
    from likeness.upscaler.v1.upscaler_pb2_grpc import UpscalerServiceAsyncStub

TILE = 1 << 20
LIMITS = ImageLimits(max_bytes=5_000_000, max_pixels=1_000_000, decode_s=10)

Start = Callable[..., "AbstractAsyncContextManager[RunningUpscaler]"]


@dataclass
class Answered:
    """One whole answer."""

    accepted: list[Any] = field(default_factory=list)
    progress: list[Any] = field(default_factory=list)
    picture: list[Any] = field(default_factory=list)
    failed: list[Any] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """In the order they came, chunks of a blob as one."""

    def result(self, place: int = 0) -> Picture:
        """The pixels of a blob."""
        blob = self.blobs[place]
        if blob.kind == Kind.KIND_RGB8:
            return Reader(ImageLimits(max_pixels=1 << 30)).read(blob)
        flow = read_png(bytes(blob.data), ImageLimits())
        pixels = np.frombuffer(b"".join(map(bytes, flow.parts)), flow.about.dtype)
        return Picture(pixels.reshape(flow.about.shape))


@dataclass
class RunningUpscaler:
    """The service, what is inside of it, and its client."""

    shell: Shell
    engine: Engine
    driver: Driver[Call, Event]
    admission: Admission[Call]
    metrics: UpscalerMetrics
    stub: "UpscalerServiceAsyncStub"

    def call(self, options: pb.UpscaleOptions, blobs: Iterable[Blob] = (), **rest: Any) -> Any:
        return self.stub.Upscale(requests(options, blobs), **rest)

    async def upscale(self, options: pb.UpscaleOptions, *pictures: Picture) -> Answered:
        return await read(self.call(options, [png(picture, place) for place, picture in enumerate(pictures)]))

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


def served(name: str, enlarger: Enlarger, blended: Callable[[float], Enlarger] | None = None) -> Served:
    return Served(name, (), enlarger, blended)


def two_networks() -> dict[str, Served]:
    """x4 without, and x4 with degrees of noise."""
    blend = served(
        "blend", small.enlarger(), lambda denoise: Enlarger(small.compact(int(denoise * 100)), small.CPU, small.FLOAT32)
    )
    return {"plain": served("plain", small.enlarger()), "double": served("double", small.enlarger(2)), "blend": blend}


@asynccontextmanager
async def running_upscaler(
    reader: Reader,
    networks: Mapping[str, Served] | None = None,
    *,
    tile_pixels: int = TILE,
    calls: int = 4,
    **settings: Any,
) -> AsyncIterator[RunningUpscaler]:
    """Drained at the end."""
    ports = {"grpc_port": 0, "metrics_port": 0}
    limits = {"picture_max_bytes": LIMITS.max_bytes, "picture_max_pixels": LIMITS.max_pixels}
    configured = UpscalerSettings(**{**ports, **limits, "result_max_pixels": 4_000_000, "device": "cpu", **settings})
    networks = networks or two_networks()
    metrics = UpscalerMetrics()
    engine = Engine(small.PLENTY, tile_pixels)
    metrics.watch(engine, networks.values())
    maker = Maker("cpu", "test", {name: (_ref(name),) for name in networks})
    async with serving(configured, metrics, name="upscaler") as shell:
        admission = shell.admission("upscaler")
        driver = Driver(Workshop(engine), shell.worker("upscaler"), admission, items_done, calls=calls)
        shell.spawn(driver.serve())
        accept = Accept({Role.ROLE_PICTURE: KINDS}, configured.picture_max_bytes, MOST_PICTURES, 5)
        servicer = UpscalerServicer(
            driver, networks, reader, maker, info(configured, networks, maker), accept, metrics, 1
        )
        await shell.offer(servicer, add_UpscalerServiceServicer_to_server, NAME)
        stopped = asyncio.ensure_future(shell.until_stopped())
        await until(lambda: metrics.registry.get_sample_value("likeness_ready") == 1)
        async with connect(f"127.0.0.1:{shell.grpc_port}", NAME, default_timeout_s=60) as channel:
            yield RunningUpscaler(shell, engine, driver, admission, metrics, UpscalerServiceStub(channel))
        shell.stop()
        await stopped


def png(picture: Picture, place: int = 0) -> Blob:
    return Blob(Role.ROLE_PICTURE, Kind.KIND_PNG, encoded(picture.pixels), place)


def requests(options: pb.UpscaleOptions, blobs: Iterable[Blob]) -> list[pb.UpscaleRequest]:
    chunks = (pb.UpscaleRequest(chunk=chunk) for blob in blobs for chunk in cut(blob))
    return [pb.UpscaleRequest(options=options), *chunks]


async def read(answers: AsyncIterator[pb.UpscaleResponse]) -> Answered:
    """Everything of one answer; blobs are checked as any receiver checks them."""
    whole = Answered()

    async def chunks() -> AsyncIterator[Any]:
        async for answer in answers:
            part = str(answer.WhichOneof("part"))
            if part == "chunk":
                yield answer.chunk
                continue
            getattr(whole, part).append(getattr(answer, part))
            whole.parts.append(part)

    async for blob in incoming(chunks(), ANSWERS):
        whole.parts.append("blob")
        whole.blobs.append(await blob.whole())
    return whole


ANSWERS = Accept({Role.ROLE_PICTURE: frozenset({Kind.KIND_PNG, Kind.KIND_RGB8})}, 100_000_000, 8, idle_s=60)


def _ref(name: str) -> ModelRef:
    return ModelRef(name=f"{name}-weights", digest="0" * 64, licence="BSD-3-Clause", commercial_use=COMMERCIAL_USE_YES)

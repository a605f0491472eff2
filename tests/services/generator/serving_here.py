"""The generator as a service in this process, over the small models, and a client that reads whole answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.identity_pb2 import Embedding
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2 as opt
from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceStub, add_GeneratorServiceServicer_to_server

from likeness_wire.channels import connect
from likeness_wire.chunks import Accept, Blob, cut, incoming
from services.common.admission import Admission
from services.common.driver import Driver
from services.common.serving import Shell, serving
from services.common.settings import ProcessSettings
from services.generator.answers import Maker
from services.generator.backends import Backend
from services.generator.call import Call, Event, items_done
from services.generator.checker import Checker
from services.generator.info import info, limits_of
from services.generator.loading import Models
from services.generator.menu import Canvas, diffusion_menu
from services.generator.metrics import GeneratorMetrics
from services.generator.servicer import NAME, ROLES, GeneratorServicer
from services.generator.tiny import BASE, CONTROLNET, LORA, SECOND_BASE
from tests.running import until
from tests.services.generator.rendering import Studio, embedding

if TYPE_CHECKING:
    from likeness.generator.v1.generator_pb2_grpc import GeneratorServiceAsyncStub

RECOGNISER = "arcface-test/0123/112"
MAX_BYTES = 5_000_000


@dataclass
class Answered:
    """One whole answer."""

    accepted: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    previews: list[Any] = field(default_factory=list)
    pictures: list[Any] = field(default_factory=list)
    failed: list[Any] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    """In the order they came, chunks of a blob as one."""

    def of(self, role: Role) -> list[Blob]:
        return [blob for blob in self.blobs if blob.role == role]


@dataclass
class RunningGenerator:
    """The service, what is inside of it, and its client."""

    shell: Shell
    studio: Studio
    driver: Driver[Call, Event]
    admission: Admission[Call]
    metrics: GeneratorMetrics
    stub: "GeneratorServiceAsyncStub"

    def call(self, options: opt.GenerateOptions, blobs: Sequence[Blob] = ()) -> Any:
        return self.stub.Generate(requests(options, blobs))

    async def generate(self, options: opt.GenerateOptions, blobs: Sequence[Blob] = ()) -> Answered:
        return await read(self.call(options, blobs))


@asynccontextmanager
async def running_generator(
    models: Models,
    *,
    rows: int = 16,
    calls: int = 16,
    backend: Backend | None = None,
    checker: Checker | None = None,
    **settings: Any,
) -> AsyncIterator[RunningGenerator]:
    """Drained at the end."""
    metrics = GeneratorMetrics()
    studio = Studio(models, rows=rows, backend=backend, checker=checker)
    async with serving(ProcessSettings(**settings), metrics, name="generator") as shell:
        admission = shell.admission("generator")
        driver = Driver(
            studio.engine,
            shell.worker("generator"),
            admission,
            items_done,
            calls=calls,
            measure=metrics.step_seconds.observe,
        )
        shell.spawn(driver.serve())
        await shell.offer(_servicer(models, driver, metrics), add_GeneratorServiceServicer_to_server, NAME)
        stopped = asyncio.ensure_future(shell.until_stopped())
        await until(lambda: metrics.registry.get_sample_value("likeness_ready") == 1)
        async with connect(f"127.0.0.1:{shell.grpc_port}", NAME, default_timeout_s=60) as channel:
            yield RunningGenerator(shell, studio, driver, admission, metrics, GeneratorServiceStub(channel))
        shell.stop()
        await stopped
    studio.engine.close()


def _servicer(models: Models, driver: Driver[Call, Event], metrics: GeneratorMetrics) -> GeneratorServicer:
    from services.common.models.refs import model_ref

    menu = diffusion_menu(
        canvas=Canvas(min_side=64),
        bases=(BASE, SECOND_BASE),
        loras=(LORA,),
        controls=(CONTROLNET,),
        recogniser_id=RECOGNISER,
        identity_width=models.resampler.embedding_width,
        backend="eager",
        precision="float32",
        rows=16,
    )
    refs = {name: model_ref(opened) for name, opened in models.opened.items()}
    maker = Maker("diffusion", "cpu", "test", refs, ("tiny-identitynet", "tiny-ip-adapter"))
    accept = Accept(ROLES, MAX_BYTES, 10, 5)
    return GeneratorServicer(driver, menu, maker, info(menu, maker, limits_of(accept, 50_000_000)), accept, metrics)


def options(**changes: Any) -> opt.GenerateOptions:
    """One picture of four steps at 64 × 64."""
    given: dict[str, Any] = {
        "prompts": [opt.Prompt(text="a portrait")],
        "pictures": [opt.PictureOptions(seed=1)],
        "identity": Embedding(recogniser_id=RECOGNISER, values=embedding().tolist()),
        "pose": opt.Pose(template=opt.PoseTemplate(name="front")),
        "size": {"width": 64, "height": 64},
        "steps": 4,
        "kind": Kind.KIND_RGB8,
    }
    return opt.GenerateOptions(**{key: value for key, value in (given | changes).items() if value is not None})


def requests(options: opt.GenerateOptions, blobs: Sequence[Blob] = ()) -> list[pb.GenerateRequest]:
    chunks = (pb.GenerateRequest(chunk=chunk) for blob in blobs for chunk in cut(blob))
    return [pb.GenerateRequest(options=options), *chunks]


async def read(answers: AsyncIterator[pb.GenerateResponse]) -> Answered:
    """Everything of one answer; blobs are checked as any receiver checks them."""
    whole = Answered()

    async def chunks() -> AsyncIterator[Any]:
        async for answer in answers:
            part = answer.WhichOneof("part")
            if part == "chunk":
                yield answer.chunk
                continue
            getattr(whole, {"step": "steps", "preview": "previews", "picture": "pictures"}.get(part, part)).append(
                getattr(answer, part)
            )
            whole.parts.append(part)

    async for blob in incoming(chunks(), _ANSWERS):
        whole.parts.append("blob")
        whole.blobs.append(await blob.whole())
    return whole


_ANSWERS = Accept(
    {
        Role.ROLE_PICTURE: frozenset({Kind.KIND_PNG, Kind.KIND_RGB8}),
        Role.ROLE_PREVIEW: frozenset({Kind.KIND_JPEG}),
        Role.ROLE_LATENTS: frozenset({Kind.KIND_F32}),
        Role.ROLE_ANCHOR_LATENTS: frozenset({Kind.KIND_F32}),
    },
    max_bytes=50_000_000,
    max_blobs=10_000,
    idle_s=120,  # between blobs; steps are no sign of life here
)

"""Embedder and verifier in this process, around any engine, and clients of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime as ort
from likeness.common.v1.chunk_pb2 import KIND_JPEG, KIND_PNG, ROLE_PHOTO, ROLE_PICTURE, Kind, Role
from likeness.common.v1.identity_pb2 import Embedding
from likeness.common.v1.work_pb2 import MadeBy
from likeness.embedder.v1 import embedder_pb2 as embedding
from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceStub, add_EmbedderServiceServicer_to_server
from likeness.verifier.v1 import verifier_pb2 as verifying
from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceStub, add_VerifierServiceServicer_to_server

from likeness_wire.channels import connect
from likeness_wire.chunks import Accept, Blob, cut
from services.common.images import Decoder
from services.common.metrics import ShellMetrics
from services.common.serving import Shell, serving
from services.embedder import answers as embedder_answers
from services.embedder import servicer as embedder
from services.embedder.metrics import EmbedderMetrics
from services.embedder.settings import EmbedderSettings
from services.faces.arcface import ARCFACE, AURAFACE, ArcFace
from services.faces.engine import FaceEngine, LocalEngine
from services.faces.scrfd import Scrfd
from services.faces.serving.opened import FaceServer
from services.faces.serving.pipeline import FacePipeline
from services.faces.serving.requests import KINDS, limits_of
from services.faces.serving.turnstile import Turnstile
from services.faces.settings import FaceSettings
from services.verifier import answers as verifier_answers
from services.verifier import servicer as verifier
from services.verifier.metrics import VerifierMetrics
from services.verifier.settings import VerifierSettings
from services.verifier.wishes import MOST_REFERENCES
from tests.running import until
from tests.services.faces import onnx_models

if TYPE_CHECKING:
    from likeness.embedder.v1.embedder_pb2_grpc import EmbedderServiceAsyncStub  # exist in the stubs alone
    from likeness.verifier.v1.verifier_pb2_grpc import VerifierServiceAsyncStub

MADE_BY = MadeBy(engine="insightface", device="cpu", version="0")


def onnx_engine(folder: Path, *, recognisers: int = 1) -> LocalEngine:
    """The insightface engine with small models: whatever is not blue is a face."""

    def session(path: Path) -> ort.InferenceSession:
        return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    detector = Scrfd(session(onnx_models.scrfd_that_shuns_blue(folder / "scrfd.onnx", 0.05)))
    scales = (ARCFACE, AURAFACE)[:recognisers]
    return LocalEngine(
        "insightface",
        "cpu",
        detector,
        [
            ArcFace(
                session(onnx_models.random_arcface(folder / f"{seed}.onnx", seed)), f"arc{seed}", f"{seed}" * 64, scale
            )
            for seed, scale in enumerate(scales, 1)
        ],
    )


@dataclass
class RunningEmbedder:
    shell: Shell
    metrics: EmbedderMetrics
    stub: "EmbedderServiceAsyncStub"

    async def embed(self, *photos: bytes | Blob, **options: object) -> embedding.EmbedResponse:
        return await self.stub.Embed(embed_requests(photos, **options))


@dataclass
class RunningVerifier:
    shell: Shell
    metrics: VerifierMetrics
    stub: "VerifierServiceAsyncStub"

    async def verify(
        self, pictures: Sequence[bytes | Blob], photos: Sequence[bytes | Blob] = (), **options: object
    ) -> list[verifying.VerifyResponse]:
        requests = verify_requests(pictures, photos, **options)
        return [response async for response in self.stub.Verify(requests)]


@asynccontextmanager
async def running_embedder(engine: FaceEngine, decoder: Decoder, **changes: object) -> AsyncIterator[RunningEmbedder]:
    settings = EmbedderSettings(**{"grpc_port": 0, "metrics_port": 0, "face_engine": "dlib"} | changes)  # type: ignore[arg-type]
    metrics = EmbedderMetrics()
    async with _running(engine, decoder, settings, metrics) as (shell, server, turnstile):
        accept = Accept({ROLE_PHOTO: KINDS}, settings.photo_max_bytes, embedder.MOST_PHOTOS, settings.stream_idle_s)
        limits = limits_of(settings, embedder.MOST_PHOTOS)
        told = embedder_answers.info(server.pipeline.recognitions[0], limits, MADE_BY)
        servicer = embedder.EmbedderServicer(server, turnstile, accept, told, metrics)
        await shell.offer(servicer, add_EmbedderServiceServicer_to_server, embedder.NAME)
        async with (
            _ready(shell, metrics),
            connect(f"127.0.0.1:{shell.grpc_port}", embedder.NAME, default_timeout_s=30) as channel,
        ):
            yield RunningEmbedder(shell, metrics, EmbedderServiceStub(channel))


@asynccontextmanager
async def running_verifier(engine: FaceEngine, decoder: Decoder, **changes: object) -> AsyncIterator[RunningVerifier]:
    settings = VerifierSettings(**{"grpc_port": 0, "metrics_port": 0, "face_engine": "dlib"} | changes)  # type: ignore[arg-type]
    metrics = VerifierMetrics()
    async with _running(engine, decoder, settings, metrics) as (shell, server, turnstile):
        accept = Accept(
            {ROLE_PHOTO: KINDS, ROLE_PICTURE: KINDS},
            settings.photo_max_bytes,
            MOST_REFERENCES + verifier.MOST_PICTURES,
            settings.stream_idle_s,
        )
        told = verifier_answers.info(server.pipeline.recognitions, limits_of(settings, verifier.MOST_PICTURES), MADE_BY)
        servicer = verifier.VerifierServicer(server, turnstile, accept, told, metrics, settings.pictures_at_once)
        await shell.offer(servicer, add_VerifierServiceServicer_to_server, verifier.NAME)
        async with (
            _ready(shell, metrics),
            connect(f"127.0.0.1:{shell.grpc_port}", verifier.NAME, default_timeout_s=30) as channel,
        ):
            yield RunningVerifier(shell, metrics, VerifierServiceStub(channel))


@asynccontextmanager
async def _running(
    engine: FaceEngine, decoder: Decoder, settings: FaceSettings, metrics: ShellMetrics
) -> AsyncIterator[tuple[Shell, FaceServer, Turnstile]]:
    async with serving(settings, metrics, name="faces") as shell:
        pipeline = FacePipeline(shell, engine, decoder, side=settings.working_side_px, batch=settings.recogniser_batch)
        turnstile = Turnstile(shell.admission("calls"), settings.calls)
        shell.spawn(turnstile.serve())
        yield shell, FaceServer(engine, pipeline, MADE_BY), turnstile


@asynccontextmanager
async def _ready(shell: Shell, metrics: ShellMetrics) -> AsyncIterator[None]:
    until_stopped = asyncio.ensure_future(shell.until_stopped())
    await until(lambda: metrics.registry.get_sample_value("likeness_ready") == 1)
    yield
    shell.stop()
    await until_stopped


async def embed_requests(photos: Iterable[bytes | Blob], **options: object) -> AsyncIterator[embedding.EmbedRequest]:
    yield embedding.EmbedRequest(options=embedding.EmbedOptions(**options))  # type: ignore[arg-type]
    for index, photo in enumerate(photos):
        for chunk in cut(blob_of(photo, ROLE_PHOTO, index)):
            yield embedding.EmbedRequest(chunk=chunk)


async def verify_requests(
    pictures: Iterable[bytes | Blob], photos: Iterable[bytes | Blob] = (), **options: object
) -> AsyncIterator[verifying.VerifyRequest]:
    yield verifying.VerifyRequest(options=verifying.VerifyOptions(**options))  # type: ignore[arg-type]
    for role, blobs in ((ROLE_PHOTO, photos), (ROLE_PICTURE, pictures)):
        for index, blob in enumerate(blobs):
            for chunk in cut(blob_of(blob, role, index)):
                yield verifying.VerifyRequest(chunk=chunk)


def blob_of(data: bytes | Blob, role: Role, index: int) -> Blob:
    """By its first bytes, as a well-behaved sender would say."""
    if isinstance(data, Blob):
        return data
    kind: Kind = KIND_PNG if data.startswith(b"\x89PNG") else KIND_JPEG
    return Blob(role, kind, data, index)


def numbers(values: Iterable[float], by: str) -> Embedding:
    return Embedding(recogniser_id=by, values=values)

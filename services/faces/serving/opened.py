"""The engine of a process, with everything its answers say of it."""

import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from likeness.common.v1.work_pb2 import MadeBy

from services.common.images import Decoder, ImageLimits
from services.common.models.refs import model_ref
from services.common.serving import Shell
from services.faces.engine import FaceEngine
from services.faces.opening import Opened, Second, open_engine
from services.faces.serving.pipeline import FacePipeline
from services.faces.settings import FaceSettings


@dataclass(frozen=True, slots=True)
class FaceServer:
    """Lives as long as its process."""

    engine: FaceEngine
    pipeline: FacePipeline
    made_by: MadeBy


@asynccontextmanager
async def face_server(
    shell: Shell, settings: FaceSettings, service: str, second: Second | None = None
) -> AsyncIterator[FaceServer]:
    """Engine and decoder, opened, warmed up and closed again. StartupError says why not."""
    worker = shell.worker("loading")
    async with shell.loading("models"):
        opened = await worker.run(open_engine, settings, second)
    try:
        with Decoder(limits_of_images(settings)) as decoder:
            async with shell.loading("warm-up"):
                await worker.run(opened.engine.warm_up)
            pipeline = FacePipeline(
                shell, opened.engine, decoder, side=settings.working_side_px, batch=settings.recogniser_batch
            )
            yield FaceServer(opened.engine, pipeline, made_by(opened, service))
    finally:
        opened.engine.close()


def made_by(opened: Opened, service: str) -> MadeBy:
    return MadeBy(
        service=service,
        engine=opened.engine.name,
        device=opened.engine.device,
        models=[model_ref(model) for model in opened.models],
        version=importlib.metadata.version("likeness"),
    )


def limits_of_images(settings: FaceSettings) -> ImageLimits:
    return ImageLimits(
        max_bytes=settings.photo_max_bytes,
        max_pixels=settings.photo_max_pixels,
        decode_s=settings.decode_s,
        decode_memory_bytes=settings.decode_memory_bytes,
    )

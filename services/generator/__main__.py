"""Wires the generator together."""

from contextlib import AsyncExitStack

from likeness.generator.v1.generator_pb2_grpc import add_GeneratorServiceServicer_to_server

from likeness_wire.chunks import Accept
from services.common.driver import Driver
from services.common.images import ImageLimits
from services.common.launch import launch
from services.common.serving import serving
from services.generator.call import items_done
from services.generator.info import info, taken
from services.generator.metrics import GeneratorMetrics
from services.generator.servicer import NAME, ROLES, GeneratorServicer
from services.generator.settings import EngineName, GeneratorSettings

# Four control maps, four latents, or an init picture and a photo.
_BLOBS_MAX = 10


async def serve(settings: GeneratorSettings) -> None:
    """Runs until SIGTERM."""
    metrics = GeneratorMetrics()
    # The engine outlives the shell: calls that drain still need it.
    async with AsyncExitStack() as stack, serving(settings, metrics, name="generator") as shell:
        worker = shell.worker("generator")
        async with shell.loading("models"):
            if settings.engine is EngineName.PREVIEW:
                from services.generator.preview.opening import open_preview as open_engine
            else:
                from services.generator.diffusion import open_diffusion as open_engine  # torch takes seconds
            opened = await worker.run(open_engine, settings)
            stack.callback(opened.engine.close)
        metrics.watch(opened.counters)
        driver = Driver(
            opened.engine,
            worker,
            shell.admission("generator"),
            items_done,
            calls=settings.calls,
            measure=metrics.step_seconds.observe,
        )
        shell.spawn(driver.serve())
        accept = Accept(ROLES, settings.blob_max_bytes, _BLOBS_MAX, settings.stream_idle_s)
        limits = taken(
            settings.blob_max_bytes,
            ImageLimits().max_pixels,
            _BLOBS_MAX,
            settings.stream_idle_s,
            photos=opened.decode_photo is not None,
        )
        servicer = GeneratorServicer(
            driver,
            opened.menu,
            opened.maker,
            info(opened.menu, opened.maker, limits),
            accept,
            metrics,
            opened.decode_photo,
        )
        await shell.offer(servicer, add_GeneratorServiceServicer_to_server, NAME)
        await shell.until_stopped()


if __name__ == "__main__":
    launch(GeneratorSettings, serve)

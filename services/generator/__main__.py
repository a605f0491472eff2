"""Wires the generator together."""

from contextlib import AsyncExitStack

from likeness.generator.v1.generator_pb2_grpc import add_GeneratorServiceServicer_to_server

from likeness_wire.chunks import Accept
from services.common.driver import Driver
from services.common.images import ImageLimits
from services.common.launch import launch
from services.common.serving import serving
from services.generator.call import Call, Event, items_done
from services.generator.info import info, limits_of
from services.generator.metrics import GeneratorMetrics
from services.generator.opened import Opened
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
            opened = await worker.run(_opened, settings)
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
        servicer = _servicer(settings, opened, driver, metrics)
        await shell.offer(servicer, add_GeneratorServiceServicer_to_server, NAME)
        await shell.until_stopped()


def _opened(settings: GeneratorSettings) -> Opened:
    """On the worker's thread, imports and all: torch takes seconds, and health is asked meanwhile."""
    if settings.engine is EngineName.PREVIEW:
        from services.generator.preview.opening import open_preview

        return open_preview(settings)
    from services.generator.diffusion import open_diffusion

    return open_diffusion(settings)


def _servicer(
    settings: GeneratorSettings, opened: Opened, driver: Driver[Call, Event], metrics: GeneratorMetrics
) -> GeneratorServicer:
    accept = Accept(ROLES, settings.blob_max_bytes, _BLOBS_MAX, settings.stream_idle_s)
    limits = limits_of(accept, ImageLimits().max_pixels, photos=opened.decode_photo is not None)
    return GeneratorServicer(
        driver,
        opened.menu,
        opened.maker,
        info(opened.menu, opened.maker, limits),
        accept,
        metrics,
        opened.decode_photo,
    )


if __name__ == "__main__":
    launch(GeneratorSettings, serve)

"""Wires the upscaler together."""

import importlib.metadata
from collections.abc import Mapping
from contextlib import AsyncExitStack

import torch
from likeness.common.v1.chunk_pb2 import Role
from likeness.upscaler.v1.upscaler_pb2_grpc import add_UpscalerServiceServicer_to_server

from likeness_wire.chunks import Accept
from services.common.driver import Driver
from services.common.images import ImageLimits
from services.common.launch import launch
from services.common.models.refs import model_ref
from services.common.serving import serving
from services.upscaler.answers import Maker
from services.upscaler.calls import items_done
from services.upscaler.catalogue import Served, open_networks
from services.upscaler.device import budget_bytes, chosen_device, described
from services.upscaler.engine import Engine
from services.upscaler.info import info
from services.upscaler.metrics import UpscalerMetrics
from services.upscaler.reading import Reader
from services.upscaler.servicer import KINDS, MOST_PICTURES, NAME, UpscalerServicer
from services.upscaler.settings import UpscalerSettings
from services.upscaler.workshop import Workshop


async def serve(settings: UpscalerSettings) -> None:
    """Runs until SIGTERM."""
    metrics = UpscalerMetrics()
    # The reader outlives the shell: calls that drain still need it.
    async with AsyncExitStack() as stack, serving(settings, metrics, name="upscaler") as shell:
        worker = shell.worker("upscaler")
        async with shell.loading("models"):
            device = await worker.run(chosen_device, settings.device, settings.compute_threads)
            networks = await worker.run(
                open_networks, settings.networks, settings.model_store(), device, settings.precision
            )
        engine = Engine(budget_bytes(device, settings.tile_memory_bytes), settings.tile_max_pixels)
        metrics.watch(engine, networks.values())
        driver = Driver(
            Workshop(engine),
            worker,
            shell.admission("upscaler"),
            items_done,
            calls=settings.calls,
            measure=metrics.execute_seconds.labels("turn").observe,
        )
        shell.spawn(driver.serve())
        reader = stack.enter_context(Reader(_limits(settings)))
        maker = _maker(device, networks)
        accept = Accept({Role.ROLE_PICTURE: KINDS}, settings.picture_max_bytes, MOST_PICTURES, settings.stream_idle_s)
        about = info(settings, networks, maker)
        servicer = UpscalerServicer(driver, networks, reader, maker, about, accept, metrics, settings.encode_threads)
        await shell.offer(servicer, add_UpscalerServiceServicer_to_server, NAME)
        await shell.until_stopped()


def _maker(device: torch.device, networks: Mapping[str, Served]) -> Maker:
    refs = {name: tuple(map(model_ref, network.models)) for name, network in networks.items()}
    return Maker(described(device), importlib.metadata.version("likeness"), refs)


def _limits(settings: UpscalerSettings) -> ImageLimits:
    return ImageLimits(
        max_bytes=settings.picture_max_bytes,
        max_pixels=settings.picture_max_pixels,
        decode_s=settings.decode_s,
        decode_memory_bytes=settings.decode_memory_bytes,
    )


if __name__ == "__main__":
    launch(UpscalerSettings, serve)

"""Opens the step-level engine from settings: device, models, backend, warm-up. On the worker's thread."""

import importlib.metadata
from pathlib import Path

from services.common.models.refs import model_ref
from services.common.startup import StartupError
from services.generator.answers import Maker
from services.generator.backends.choice import chosen_backend
from services.generator.backends.compiled import Artefacts
from services.generator.checker import checker_from
from services.generator.counters import Counters
from services.generator.device import chosen_device, chosen_dtype, described
from services.generator.engine import DiffusionEngine
from services.generator.finishing import Finisher
from services.generator.loading import Loader, Models, Names
from services.generator.menu import Canvas, Menu, diffusion_menu
from services.generator.opened import Opened
from services.generator.settings import BackendName, GeneratorSettings
from services.generator.warmup import sizes, warm_up


def open_diffusion(settings: GeneratorSettings) -> Opened:
    """Everything loaded and warm. StartupError says in one line what is missing or wrong."""
    if not settings.recogniser_id:
        raise StartupError("LIKENESS_RECOGNISER_ID: needed; the embedder's GetInfo names it")
    device = chosen_device(settings.device, tf32=settings.tf32, threads=settings.compute_threads)
    dtype = chosen_dtype(settings.precision, device)
    checker = checker_from(settings.output_checker)
    models = Loader(settings.model_store(), device, dtype, settings.compute_threads).load(_names(settings))
    backend = chosen_backend(settings)
    backend.prepare(models)
    counters = Counters()
    engine = DiffusionEngine(models, backend, Finisher(device, counters, checker), counters, rows=settings.rows)
    menu = _menu(settings, models)
    _warm(settings, engine, menu, models)
    return Opened(engine, menu, _maker(settings, models), lambda: counters)


def _warm(settings: GeneratorSettings, engine: DiffusionEngine, menu: Menu, models: Models) -> None:
    """On a CPU nothing is chosen or compiled at the first step, unless it was asked for."""
    compiles = settings.backend is not BackendName.EAGER
    if not compiles and models.device.type == "cpu":
        return
    kept = Artefacts(Path(settings.compile_cache), models) if compiles and settings.compile_cache else None
    if kept:
        kept.load()
    buckets = [rows for rows in settings.buckets if rows <= settings.rows] if compiles else [settings.rows]
    for size in sizes(settings.warm_sizes):
        warm_up(engine, menu, size, buckets)
    if kept:
        kept.save()


def _names(settings: GeneratorSettings) -> Names:
    return Names(
        bases=settings.base_models,
        identity_net=settings.identity_net,
        adapter=settings.identity_adapter,
        controls=settings.controls,
        loras=settings.loras,
        vae=settings.vae,
    )


def _menu(settings: GeneratorSettings, models: Models) -> Menu:
    return diffusion_menu(
        canvas=Canvas(min_side=settings.min_side, max_side=settings.max_side, max_pixels=settings.max_canvas_pixels),
        bases=settings.base_models,
        loras=settings.loras,
        controls=settings.controls,
        recogniser_id=settings.recogniser_id,
        identity_width=models.resampler.embedding_width,
        backend=settings.backend.value,
        precision=str(models.dtype).removeprefix("torch."),
        rows=settings.rows,
        output_checked=settings.output_checker is not None,
    )


def _maker(settings: GeneratorSettings, models: Models) -> Maker:
    vae = (settings.vae,) if settings.vae else ()
    return Maker(
        engine="diffusion",
        device=described(models.device),
        version=importlib.metadata.version("likeness"),
        refs={name: model_ref(opened) for name, opened in models.opened.items()},
        always=(settings.identity_net, settings.identity_adapter, *vae),
    )

"""The backend that settings ask for."""

from pathlib import Path

from services.generator.backends.backend import Backend
from services.generator.backends.compiled import inductor, tensorrt
from services.generator.backends.eager import Eager
from services.generator.settings import BackendName, GeneratorSettings


def chosen_backend(settings: GeneratorSettings) -> Backend:
    """StartupError if what it needs is not installed."""
    cache = Path(settings.compile_cache) if settings.compile_cache else None
    if settings.backend is BackendName.COMPILE:
        return inductor(settings.compile_mode, settings.buckets, settings.attention)
    if settings.backend is BackendName.TENSORRT:
        return tensorrt(settings.buckets, cache, tf32=settings.tf32)
    return Eager(attention=settings.attention, channels_last=settings.channels_last)

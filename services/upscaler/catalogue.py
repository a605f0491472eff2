"""The networks that a process serves, by the names that callers use."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from services.common.models import ModelStore, OpenedModel
from services.common.startup import StartupError
from services.upscaler.enlarger import Enlarger
from services.upscaler.loading import load_blendable, load_network
from services.upscaler.precision import Precision, settled

# Models of the lock that make a network; two make one that takes out noise by degrees. Other names are a model of the
# operator's lock, or two joined by a plus.
RECIPES = {
    "x4plus": ("realesrgan-x4plus",),
    "x4plus-ncnn": ("realesrgan-x4plus-ncnn",),
    "x2plus": ("realesrgan-x2plus",),
    "general-x4v3": ("realesr-general-x4v3", "realesr-general-wdn-x4v3"),
}

DENOISE = 0.5
# Blends differ by so little that nobody sees it below; and few are kept.
_DENOISE_STEP = 0.05
_BLENDS_KEPT = 4


class Served:
    """One network. Everything but its facts belongs to the thread that owns the device."""

    def __init__(
        self, name: str, models: Sequence[OpenedModel], plain: Enlarger, blended: Callable[[float], Enlarger] | None
    ) -> None:
        self.name = name
        self.models = tuple(models)
        self.factor = plain.scale
        self.precision = str(plain.dtype).removeprefix("torch.")
        self.can_denoise = blended is not None
        self._plain = plain
        self._blended = blended
        self._blends: OrderedDict[float, Enlarger] = OrderedDict()

    def denoise(self, wanted: float | None) -> float | None:
        """What a wish comes to: one of few steps, or None where this network cannot."""
        if not self.can_denoise:
            return None
        return round(round((DENOISE if wanted is None else wanted) / _DENOISE_STEP) * _DENOISE_STEP, 2)

    def enlarger(self, denoise: float | None) -> Enlarger:
        """The same one for the same degree, so that pictures can share a batch."""
        if self._blended is None or denoise is None:
            return self._plain
        if denoise not in self._blends:
            self._blends[denoise] = self._blended(denoise)
        self._blends.move_to_end(denoise)
        while len(self._blends) > _BLENDS_KEPT:
            self._blends.popitem(last=False)
        return self._blends[denoise]

    @property
    def recomputed(self) -> int:
        """Runs that overflowed in half precision and were made again in float32."""
        return self._plain.recomputed + sum(blend.recomputed for blend in self._blends.values())


def open_networks(
    names: Sequence[str], store: ModelStore, device: torch.device, precision: Precision
) -> dict[str, Served]:
    """Verified, loaded, compared with float32 on this device, and warm. The first is the default."""
    if not names:
        raise StartupError("LIKENESS_NETWORKS: name at least one network")
    return {name: _opened(name, store, device, precision) for name in names}


def _opened(name: str, store: ModelStore, device: torch.device, precision: Precision) -> Served:
    models = [store.open(model) for model in RECIPES.get(name, name.split("+"))]
    if len(models) == 1:
        return Served(name, models, settled(load_network(_weights(models[0])), device, precision), None)
    clean, noisier = models
    blend = load_blendable(_weights(clean), _weights(noisier))
    plain = settled(blend.at(DENOISE), device, precision)
    return Served(name, models, plain, lambda denoise: Enlarger(blend.at(denoise), device, plain.dtype))


def _weights(model: OpenedModel) -> Path:
    """The file of numbers; ncnn keeps a text beside it."""
    numbers = [path for path in model.files.values() if path.suffix != ".param"]
    if len(numbers) != 1:
        raise StartupError(f"{model.name} has {len(numbers)} files of weights where a network has one")
    return numbers[0]

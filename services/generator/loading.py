"""From a directory of verified models to networks that are ready to run."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from torch import Tensor

from services.common.models import ModelStore, OpenedModel
from services.common.startup import StartupError
from services.generator.attention import Projections, projections
from services.generator.lora import Loras
from services.generator.networks import ControlNet, Denoiser
from services.generator.resampler import Resampler
from services.generator.text import TextEncoder
from services.generator.vae import Vae
from services.generator.weights import M, Part, empty, fill

_TEXT_FOLDERS = ("tokenizer", "text_encoder", "tokenizer_2", "text_encoder_2")


@dataclass(frozen=True, slots=True)
class Names:
    """What to load, by the names of models.lock. The first base is the default, the second that of `anchor-style`."""

    bases: tuple[str, ...]
    identity_net: str
    adapter: str
    controls: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    vae: str | None = None
    """Used instead of the bases' own."""


@dataclass(frozen=True, slots=True)
class Base:
    """An SDXL model with everything that belongs to it."""

    name: str
    denoiser: Denoiser
    adapter: Projections = field(repr=False)
    text: TextEncoder
    vae: Vae
    loras: Loras
    scheduler_config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Models:
    """Everything an engine runs, on one device. `opened` are the models as the lock knows them."""

    bases: Mapping[str, Base]
    resampler: Resampler
    unconditional: Tensor = field(repr=False)
    """Identity tokens of nobody: those of a zero embedding, (1, 16, width)."""
    identity_net: ControlNet
    controls: Mapping[str, ControlNet]
    device: torch.device
    dtype: torch.dtype
    opened: Mapping[str, OpenedModel]


class Loader:
    """Opens, reads and builds. Models are read side by side, each network by one thread."""

    def __init__(self, store: ModelStore, device: torch.device, dtype: torch.dtype, threads: int = 2) -> None:
        self._store = store
        self._device = device
        self._dtype = dtype
        self._threads = threads
        self._opened: dict[str, OpenedModel] = {}

    @torch.no_grad()
    def load(self, names: Names) -> Models:
        """StartupError with one line if something is missing, damaged, not allowed, or of another architecture."""
        resampler, weights = self._adapter(names.adapter)
        identity_net, *controls = self._all(self._control, [names.identity_net, *names.controls])
        vae = self._vae(Part(names.vae, self._open(names.vae).files)) if names.vae else None
        bases = [self._base(name, weights, vae) for name in names.bases]
        for name in names.loras:
            self._attach(name, bases)
        nobody = torch.zeros(1, 1, resampler.embedding_width, device=self._device, dtype=self._dtype)
        return Models(
            bases={base.name: base for base in bases},
            resampler=resampler,
            unconditional=resampler(nobody),
            identity_net=identity_net,
            controls=dict(zip(names.controls, controls, strict=True)),
            device=self._device,
            dtype=self._dtype,
            opened=dict(self._opened),
        )

    def _adapter(self, name: str) -> tuple[Resampler, dict[str, Tensor]]:
        tensors = Part(name, self._open(name).files).tensors()
        projection = _group(tensors, "image_proj.")
        if not projection:
            raise StartupError(f"{name}: it has no image projection; is it InstantID's ip-adapter?")
        resampler = self._fill(Resampler.shaped_like(projection), projection, name)
        attention = _group(tensors, "ip_adapter.")
        return resampler, {key: tensor.to(self._device).to(self._dtype) for key, tensor in attention.items()}

    def _control(self, name: str) -> ControlNet:
        opened = self._open(name)
        folders = {path.rpartition("/")[0] for path in opened.files}
        part = Part(name, opened.files, min(folders, key=len))
        model = empty(lambda: ControlNetModel.from_config(_json(part)))
        return ControlNet(self._fill(model, part.tensors(), name), name)

    def _base(self, name: str, adapter: Mapping[str, Tensor], vae: Vae | None) -> Base:
        files = self._open(name).files
        index = json.loads(Part(name, files)["model_index.json"].read_text("utf-8"))
        parts = {folder: Part(name, files, folder) for folder in ("unet", "vae", "scheduler", *_TEXT_FOLDERS)}
        unset_is_zero = bool(index.get("force_zeros_for_empty_prompt", True))
        denoiser, text, vae = self._together(
            lambda: self._denoiser(parts["unet"]),
            lambda: TextEncoder.load(parts, self._device, self._dtype, zeros_for_unset=unset_is_zero),
            lambda: vae or self._vae(parts["vae"]),
        )
        networks = {"unet": denoiser.unet, "text_encoder": text.parts[0].model, "text_encoder_2": text.parts[1].model}
        return Base(
            name=name,
            denoiser=denoiser,
            adapter=projections(adapter, denoiser.layers.numbers),
            text=text,
            vae=vae,
            loras=Loras(networks),
            scheduler_config=json.loads(parts["scheduler"]["scheduler_config.json"].read_text("utf-8")),
        )

    def _denoiser(self, part: Part) -> Denoiser:
        unet = empty(lambda: UNet2DConditionModel.from_config(_json(part)))
        return Denoiser(self._fill(unet, part.tensors(), part.name), part.name)

    def _vae(self, part: Part) -> Vae:
        return Vae.load(part, self._device, self._dtype)

    def _attach(self, name: str, bases: Iterable[Base]) -> None:
        tensors = Part(name, self._open(name).files).tensors()
        for base in bases:
            base.loras.attach(name, tensors, self._device, self._dtype)

    def _fill(self, network: M, tensors: Mapping[str, Tensor], name: str) -> M:
        return fill(network, tensors, name=name, device=self._device, dtype=self._dtype)

    def _open(self, name: str) -> OpenedModel:
        self._opened[name] = opened = self._store.open(name)
        return opened

    def _together(self, *makers: Callable[[], Any]) -> list[Any]:
        return self._all(lambda make: make(), makers)

    def _all(self, make: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(torch.no_grad()(make), things))


def _group(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}


def _json(part: Part) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(part["config.json"].read_text("utf-8"))
    return config

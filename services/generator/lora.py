"""LoRAs beside the weights they change, switched per group of pictures: nothing is fused, nothing has to be undone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.common.startup import StartupError
from services.generator.lora_names import spellings

Chosen = tuple[tuple[str, float], ...]
"""Names and weights. Part of what pictures must have in common to share a forward."""

# diffusers with peft, diffusers before peft, and kohya, which trains most LoRAs that people have.
_DOWN = re.compile(r"(?P<layer>.+)\.(lora_A|lora\.down|lora_down)\.weight")
_UP = {"lora_A": "lora_B", "lora.down": "lora.up", "lora_down": "lora_up"}


class Switch:
    """Which LoRAs act at the moment. One for each base model; set by the thread that runs it."""

    def __init__(self) -> None:
        self.active: Chosen = ()


class Loras:
    """The LoRAs of one base model, attached to its networks."""

    def __init__(self, networks: Mapping[str, nn.Module]) -> None:
        """`networks` by the prefix that LoRA files give them: unet, text_encoder, text_encoder_2."""
        self.switch = Switch()
        self.names: list[str] = []
        self._layers = dict(_named(networks))
        self._deltas: dict[nn.Module, Delta] = {}

    def attach(self, name: str, tensors: Mapping[str, Tensor], device: torch.device, dtype: torch.dtype) -> None:
        """Adds a LoRA, switched off. StartupError if it changes layers that the base model does not have."""
        for layer, low_rank in _low_ranks(name, tensors):
            module = self._layers.get(layer)
            if module is None:
                raise StartupError(f"{name}: the base model has no layer {layer}; is it a LoRA for SDXL?")
            delta = self._deltas.get(module) or self._hook(module)
            delta.low_ranks[name] = low_rank.to(device, dtype)
        self.names.append(name)

    @contextmanager
    def acting(self, chosen: Chosen) -> Iterator[None]:
        """Inside, these act and no others. Also what is projected once has to be projected inside."""
        self.switch.active = chosen
        try:
            yield
        finally:
            self.switch.active = ()

    def _hook(self, module: nn.Module) -> "Delta":
        delta = self._deltas[module] = Delta(self.switch)
        module.register_forward_hook(delta)
        return delta


class LowRank(NamedTuple):
    """What one LoRA adds to one layer: up · down · scale."""

    down: Tensor
    up: Tensor
    scale: float

    def to(self, device: torch.device, dtype: torch.dtype) -> "LowRank":
        return LowRank(self.down.to(device, dtype), self.up.to(device, dtype), self.scale)


class Delta:
    """Stands behind one layer and adds what the active LoRAs say."""

    def __init__(self, switch: Switch) -> None:
        self.low_ranks: dict[str, LowRank] = {}
        self._switch = switch

    def __call__(self, module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        for name, weight in self._switch.active:
            if low_rank := self.low_ranks.get(name):
                output = output + _through(module, args[0], low_rank) * (weight * low_rank.scale)
        return output


def _through(module: nn.Module, given: Tensor, low_rank: LowRank) -> Tensor:
    if isinstance(module, nn.Conv2d):
        squeezed = functional.conv2d(given, low_rank.down, stride=module.stride, padding=module.padding)
        return functional.conv2d(squeezed, low_rank.up)
    return functional.linear(functional.linear(given, low_rank.down), low_rank.up)


def _low_ranks(name: str, tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, LowRank]]:
    left = dict(tensors)
    for key in tensors:
        if found := _DOWN.fullmatch(key):
            layer = found["layer"]
            down = left.pop(key)
            up = left.pop(f"{layer}.{_UP[found[2]]}.weight")
            alpha = left.pop(f"{layer}.alpha", None)
            yield layer, LowRank(down, up, 1.0 if alpha is None else float(alpha) / len(down))
    if left:
        raise StartupError(f"{name}: {min(left)} is not a key of a plain LoRA")


def _named(networks: Mapping[str, nn.Module]) -> Iterable[tuple[str, nn.Module]]:
    for prefix, network in networks.items():
        for path, module in network.named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                yield from ((spelling, module) for spelling in spellings(prefix, path))

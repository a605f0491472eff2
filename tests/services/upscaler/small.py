"""Networks small enough for tests, with random weights and the same shape of everything else."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from services.upscaler.enlargement import Order
from services.upscaler.enlarger import Enlarger, Watch
from services.upscaler.networks import Network, RRDBNet, SRVGGNetCompact
from services.upscaler.pictures import Picture
from services.upscaler.targets import ByFactor, Size, Target, framing

CPU = torch.device("cpu")
FLOAT32 = torch.float32

# What tests may hold: far more than small pictures need.
PLENTY = 1 << 33
FOUR_TIMES = ByFactor(4)


def network(scale: int = 4, seed: int = 0) -> RRDBNet:
    """One residual block: a pixel reaches 20 pixels far, well inside the padding of tiles."""
    torch.manual_seed(seed)
    return _ready(RRDBNet(scale, blocks=1, features=8, growth=4))


def compact(seed: int = 0) -> SRVGGNetCompact:
    torch.manual_seed(seed)
    return _ready(SRVGGNetCompact(4, convs=2, features=8))


def enlarger(scale: int = 4, dtype: torch.dtype = torch.float32) -> Enlarger:
    return Enlarger(network(scale), CPU, dtype)


class Fixed:
    """One enlarger, whatever the degree."""

    def __init__(self, enlarger: Enlarger) -> None:
        self._enlarger = enlarger

    def enlarger(self, denoise: float | None) -> Enlarger:
        return self._enlarger


class Cramped(Enlarger):
    """A device with room for so many pixels at a time, and no more."""

    def __init__(self, room: int, scale: int = 4) -> None:
        super().__init__(network(scale), CPU, torch.float32)
        self.room = room
        self.runs: list[tuple[int, ...]] = []

    def __call__(self, pictures: Tensor, watch: Watch | None = None) -> Tensor:
        if pictures[:, 0].numel() > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        self.runs.append(tuple(pictures.shape))
        return super().__call__(pictures, watch)


def picture(width: int, height: int, channels: int = 3, dtype: type[np.unsignedinteger] = np.uint8) -> Picture:
    """Smooth waves with an edge through them, different in every channel."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [
        0.5 + 0.35 * np.sin(across / (7 + channel) + down / 11) + 0.15 * (across + channel * 3 > down)
        for channel in range(channels)
    ]
    return Picture((np.stack(planes, axis=-1).clip(0, 1) * np.iinfo(dtype).max).astype(dtype))


def order(given: Picture, by: Enlarger, target: Target = FOUR_TIMES, **rest: object) -> Order:
    return Order(given, framing(given.size, target), Fixed(by), **rest)  # type: ignore[arg-type]


def size(width: int, height: int) -> Size:
    return Size(width, height)


def saved(kind: Network, path: Path, group: str = "params_ema") -> Path:
    """As the official files are."""
    torch.save({group: kind.state_dict()}, path)
    return path


def _ready(network: Network) -> Network:
    """Random weights as they come draw nearly nothing; these draw all shades, and every layer shows."""
    layers = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    sample = torch.from_numpy(picture(48, 48).pixels / np.float32(255)).permute(2, 0, 1)[None]
    with torch.no_grad():
        for layer in layers[:-1]:
            layer.weight.mul_(1.7)
        drawn = network(sample) - network(sample * 0).mean()
        layers[-1].weight.mul_(0.2 / drawn.std())
        layers[-1].bias.add_(0.5 - network(sample).mean())
    return network.eval().requires_grad_(False)

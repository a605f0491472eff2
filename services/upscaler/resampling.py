"""The one resize after the network: Lanczos with three lobes in float32, widened where it makes smaller.

It reads any part of a picture at any fraction of a pixel, so that cutting and scaling are one step and round once.
"""

import torch
from torch import Tensor

from services.upscaler.targets import Cut, Framing

_LOBES = 3


def resampled(planes: Tensor, framing: Framing, scale: float) -> Tensor:
    """The framed part of float planes (c, h, w), which are `scale` times as large as what `framing` speaks of."""
    across, down = _Axis.of(framing.horizontal, scale), _Axis.of(framing.vertical, scale)
    # The axis that shrinks most goes first, so that the other has least to do.
    if across.growth < down.growth:
        return down.applied(across.applied(planes, 2), 1)
    return across.applied(down.applied(planes, 1), 2)


class _Axis:
    """How one side is read: pixel i of the result is centred on `start + (i + 0.5) * step`."""

    def __init__(self, start: float, step: float, result: int) -> None:
        self._start, self._step, self._result = start, step, result
        self.growth = 1 / step

    @classmethod
    def of(cls, cut: Cut, scale: float) -> "_Axis":
        return cls(cut.start * scale, cut.length * scale / cut.result, cut.result)

    def applied(self, planes: Tensor, axis: int) -> Tensor:
        if self._start == 0 and self._step == 1 and planes.shape[axis] == self._result:
            return planes
        places, weights = self._taps(planes.shape[axis], planes.device)
        # One channel after another: a tap makes a copy of all it reads.
        weights = weights[:, :, None] if axis == 1 else weights
        return torch.stack([_summed(plane, axis - 1, places, weights) for plane in planes])

    def _taps(self, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Which pixels make a pixel of the result (taps, result), and with which weights."""
        reach = _LOBES * max(1.0, self._step)
        centres = self._start + (torch.arange(self._result, dtype=torch.float64, device=device) + 0.5) * self._step
        first = torch.floor(centres - reach).long()
        places = first + torch.arange(int(2 * reach) + 2, device=device)[:, None]
        distances = (places + 0.5 - centres) / max(1.0, self._step)
        # Beyond the border there is nothing; what is left is weighed as if it were all.
        inside = (places >= 0) & (places < length)
        weights = torch.where(inside, _lanczos(distances), 0.0)
        return places.clamp(0, length - 1), (weights / weights.sum(0)).float()


def _summed(plane: Tensor, axis: int, places: Tensor, weights: Tensor) -> Tensor:
    total = plane.index_select(axis, places[0]).mul_(weights[0])
    for place, weight in zip(places[1:], weights[1:], strict=True):
        total.addcmul_(plane.index_select(axis, place), weight)
    return total


def _lanczos(x: Tensor) -> Tensor:
    return torch.where(x.abs() < _LOBES, torch.sinc(x) * torch.sinc(x / _LOBES), 0.0)

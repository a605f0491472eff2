"""From what the network made to the picture that was asked for: cut and scaled once, in float, then rounded once."""

from dataclasses import dataclass
from math import ceil, floor

import torch
from torch import Tensor

from services.upscaler.pictures import Picture, alpha_plane, colour_planes, luma, quantised
from services.upscaler.resampling import resampled
from services.upscaler.targets import Cut, Framing

# How far from its border a face's blend takes to reach its full share, as a part of the face's shorter side.
_FEATHER = 0.15


@dataclass(frozen=True, slots=True)
class SoftFace:
    """A face to be blended with its plain enlargement. Edges in pixels of the picture as it came."""

    left: float
    top: float
    right: float
    bottom: float
    share: float
    """Of the plain enlargement, 0…1."""


def finished(
    picture: Picture, framing: Framing, colour: Tensor, alpha: Tensor | None, scale: int, faces: tuple[SoftFace, ...]
) -> Picture:
    """`colour` and `alpha`, (3, h, w) each, are `scale` times as large as the picture. No `alpha`: it is resampled."""
    planes = resampled(colour, framing, scale)
    planes = planes.clone() if faces else planes
    for face in faces:
        _soften(planes, face, colour_planes(picture).to(planes.device), framing)
    channels = [luma(planes) if picture.grey else planes]
    if picture.has_alpha:
        channels.append(_finished_alpha(picture, framing, alpha, scale).to(planes.device))
    return Picture(quantised(torch.cat(channels), picture.bits).cpu().numpy())


def _finished_alpha(picture: Picture, framing: Framing, alpha: Tensor | None, scale: int) -> Tensor:
    if alpha is None:
        return resampled(alpha_plane(picture), framing, 1)
    return resampled(luma(alpha), framing, scale)


def _soften(planes: Tensor, face: SoftFace, original: Tensor, framing: Framing) -> None:
    """In place, within the face's box only."""
    across = _Stretch.of(framing.horizontal, face.left, face.right)
    down = _Stretch.of(framing.vertical, face.top, face.bottom)
    if across.empty or down.empty:
        return
    feather = max(1.0, _FEATHER * min(across.high - across.low, down.high - down.low))
    plain = resampled(original, Framing(across.cut, down.cut, framing.factor), 1)
    weight = down.ramp(feather, planes.device)[:, None] * across.ramp(feather, planes.device) * face.share
    planes[:, down.first : down.last, across.first : across.last].lerp_(plain, weight)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The part of one side of the result that a box covers; `low` and `high` are its exact edges."""

    low: float
    high: float
    first: int
    last: int
    cut: Cut

    @classmethod
    def of(cls, side: Cut, begin: float, end: float) -> "_Stretch":
        low, high = (begin - side.start) * side.factor, (end - side.start) * side.factor
        first, last = max(0, floor(low)), min(side.result, ceil(high))
        start, length = side.start + first / side.factor, (last - first) / side.factor
        return cls(low, high, first, last, Cut(start, length, last - first))

    @property
    def empty(self) -> bool:
        return self.last <= self.first

    def ramp(self, feather: float, device: torch.device) -> Tensor:
        """0 at the box's edges, 1 from `feather` pixels inside; what the border cuts off is not faded."""
        at = torch.arange(self.first, self.last, device=device) + 0.5
        return (torch.minimum(at - self.low, self.high - at) / feather).clamp(0, 1)

"""Pictures with everything they had: grey or colour, transparent or not, 8 or 16 bits a channel."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.upscaler.targets import Size

Pixels = NDArray[Any]

# ITU-R BT.601, as every converter from colour to grey uses it.
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels`: (h, w, c) in uint8 or uint16, sRGB; c is 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha."""

    pixels: Pixels = field(repr=False)

    @property
    def size(self) -> Size:
        height, width = self.pixels.shape[:2]
        return Size(width, height)

    @property
    def bits(self) -> int:
        return self.pixels.dtype.itemsize * 8

    @property
    def grey(self) -> bool:
        return bool(self.pixels.shape[2] < 3)

    @property
    def has_alpha(self) -> bool:
        return self.pixels.shape[2] in (2, 4)

    @property
    def most(self) -> int:
        """The value that is white, or opaque."""
        return int(np.iinfo(self.pixels.dtype).max)


def colour_planes(picture: Picture) -> Tensor:
    """(3, h, w) in float32, 0…1. Grey three times."""
    return _planes(picture.pixels[..., :1] if picture.grey else picture.pixels[..., :3], picture.most).expand(3, -1, -1)


def alpha_plane(picture: Picture) -> Tensor:
    """(1, h, w) in float32, 0…1, 1 is opaque."""
    return _planes(picture.pixels[..., -1:], picture.most)


def luma(planes: Tensor) -> Tensor:
    """(1, h, w) of (3, h, w)."""
    weights = torch.tensor(_LUMA, device=planes.device)
    return torch.einsum("c,chw->hw", weights, planes)[None]


def quantised(planes: Tensor, bits: int) -> Tensor:
    """Float planes as integers of that many bits, rounded once; (h, w, c) on the planes' device."""
    most = 2**bits - 1
    whole = planes.clamp(0, 1).mul(most).add_(0.5).movedim(0, -1)
    return whole.to(torch.uint8 if bits == 8 else torch.uint16).contiguous()


def _planes(pixels: Pixels, most: int) -> Tensor:
    return torch.from_numpy(np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(most))

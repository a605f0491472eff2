"""The two networks of Real-ESRGAN, from their published description.

State-dict keys are those of the official files, so that these load without translation. A network takes RGB in 0…1,
float32, shape (n, 3, h, w), and returns the same picture `scale` times as large, float32, not clamped.

In half precision (`lower`) only what costs is half: the first and the last convolution and the residual trunk stay in
float32, because a pixel's 8 bits do not fit into bfloat16. That halves the error and costs next to nothing.

On a CPU (`piece_bytes`) a dense block, and the way up, is computed in pieces of the picture, each with the few pixels
around it that it depends on: in a core's cache, and in memory that is not given back, it takes a fraction of the time.
"""

from collections.abc import Callable
from math import isqrt
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2  # of every LeakyReLU in RRDBNet
RESIDUAL = 0.2  # weight of every residual branch in RRDBNet
FEATURES = 64
GROWTH = 32

# Pixels around a piece that it depends on. A dense block: five convolutions. The way up: one at twice the size, three
# at four times.
_DENSE_REACH = 5
_UP_REACH = 2
# Without a limit nothing is cut.
WHOLE = 1 << 62


class Appetite(NamedTuple):
    """Bytes that a network holds at once: for a run at all, and for every pixel that goes in."""

    run: int
    pixel: int


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees the input and what all before it made."""

    def __init__(self, features: int = FEATURES, growth: int = GROWTH) -> None:
        super().__init__()
        self.conv1 = _conv(features, growth)
        self.conv2 = _conv(features + growth, growth)
        self.conv3 = _conv(features + 2 * growth, growth)
        self.conv4 = _conv(features + 3 * growth, growth)
        self.conv5 = _conv(features + 4 * growth, features)

    def forward(self, x: Tensor) -> Tensor:
        seen = x.to(self.conv1.weight.dtype)
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat((seen, _leaky(conv(seen))), 1)
        return torch.add(x, self.conv5(seen).to(x.dtype), alpha=RESIDUAL)


class ResidualBlock(nn.Module):
    """Three dense blocks around a residual: the "RRDB"."""

    def __init__(self, features: int = FEATURES, growth: int = GROWTH) -> None:
        super().__init__()
        self.rdb1 = DenseBlock(features, growth)
        self.rdb2 = DenseBlock(features, growth)
        self.rdb3 = DenseBlock(features, growth)

    def forward(self, x: Tensor, spare: tuple[Tensor, Tensor] | None = None, piece: int = WHOLE) -> Tensor:
        """In pieces of so many pixels the result lies in the second spare tensor, else in a new one."""
        if spare is None:
            return torch.add(x, self.rdb3(self.rdb2(self.rdb1(x))), alpha=RESIDUAL)
        one, two = spare
        _in_pieces(self.rdb1, x, one, _DENSE_REACH, piece)
        _in_pieces(self.rdb2, one, two, _DENSE_REACH, piece)
        _in_pieces(self.rdb3, two, one, _DENSE_REACH, piece)
        return torch.add(x, one, alpha=RESIDUAL, out=two)


class RRDBNet(nn.Module):
    """x4plus (23 blocks) and x2plus, which folds 2×2 pixels into channels first: sides are multiples of `multiple`."""

    def __init__(self, scale: int, blocks: int, features: int = FEATURES, growth: int = GROWTH) -> None:
        super().__init__()
        if scale not in (1, 2, 4):
            raise ValueError(f"RRDBNet enlarges by 1, 2 or 4, not by {scale}")
        self.scale = scale
        self.multiple = 4 // scale
        self.piece_bytes = WHOLE
        self._features, self._growth = features, growth
        self.conv_first = _conv(3 * self.multiple**2, features)
        self.body = nn.Sequential(*(ResidualBlock(features, growth) for _ in range(blocks)))
        self.conv_body = _conv(features, features)
        self.conv_up1 = _conv(features, features)
        self.conv_up2 = _conv(features, features)
        self.conv_hr = _conv(features, features)
        self.conv_last = _conv(features, 3)

    def appetite(self, item_bytes: int) -> Appetite:
        """The trunk and its spares in float32, a dense block with the copies it makes, a piece on its way up."""
        trunk, dense = 5 * self._features * 4, 2 * (self._features + 4 * self._growth) * item_bytes
        up, result = 3 * 16 * self._features * item_bytes, 2 * 3 * 4 * self.scale**2
        if self.piece_bytes == WHOLE:
            return Appetite(0, (trunk + dense + up) // self.multiple**2 + result)
        return Appetite(4 * self.piece_bytes, trunk // self.multiple**2 + result)

    def lower(self, dtype: torch.dtype) -> Self:
        """Makes the costly part half, in place."""
        for part in (self.body, self.conv_body, self.conv_up1, self.conv_up2, self.conv_hr):
            part.to(dtype)
        return self

    def forward(self, x: Tensor) -> Tensor:
        dtype = self.conv_body.weight.dtype
        first = self.conv_first(F.pixel_unshuffle(x, self.multiple))
        deep = first + self.conv_body(self._through_body(first).to(dtype)).to(first.dtype)
        return self._up(deep.to(dtype))

    def _through_body(self, first: Tensor) -> Tensor:
        piece = self.piece_bytes // ((self._features + 4 * self._growth) * self.conv_body.weight.itemsize)
        if first[:, 0].numel() <= piece:
            return self.body(first)  # type: ignore[no-any-return]
        x, *spare = (torch.empty_like(first) for _ in range(3))
        x.copy_(first)
        for block in self.body:
            one, two = spare
            block(x, (one, two), piece)
            x, spare = two, [one, x]
        return x

    def _up(self, deep: Tensor) -> Tensor:
        piece = self.piece_bytes // (16 * deep.shape[1] * deep.itemsize)
        if deep[:, 0].numel() <= piece:
            return self._enlarged(deep)
        count, _, height, width = deep.shape
        whole = deep.new_empty((count, 3, 4 * height, 4 * width), dtype=torch.float32)
        _in_pieces(self._enlarged, deep, whole, _UP_REACH, piece)
        return whole

    def _enlarged(self, deep: Tensor) -> Tensor:
        deep = _leaky(self.conv_up1(_doubled(deep)))
        deep = _leaky(self.conv_up2(_doubled(deep)))
        return self.conv_last(_leaky(self.conv_hr(deep)).float())  # type: ignore[no-any-return]


class SRVGGNetCompact(nn.Module):
    """general-x4v3 and its kin: a chain at the size that came, whose result is added to the plainest enlargement."""

    def __init__(self, scale: int, convs: int, features: int = FEATURES) -> None:
        super().__init__()
        self.scale = scale
        self.multiple = 1
        self._features = features
        layers: list[nn.Module] = [_conv(3, features), nn.PReLU(features)]
        for _ in range(convs):
            layers += [_conv(features, features), nn.PReLU(features)]
        self.body = nn.Sequential(*layers, _conv(features, 3 * scale**2))

    def appetite(self, item_bytes: int) -> Appetite:
        """Two layers, and the result in its three shapes."""
        return Appetite(0, 2 * self._features * item_bytes + 3 * 3 * 4 * self.scale**2)

    def lower(self, dtype: torch.dtype) -> Self:
        """Makes the costly part half, in place."""
        self.body[1:-1].to(dtype)
        return self

    def forward(self, x: Tensor) -> Tensor:
        deep = self.body[0](x).to(self.body[1].weight.dtype)
        residue = self.body[-1](self.body[1:-1](deep).float())
        return F.pixel_shuffle(residue, self.scale) + F.interpolate(x, scale_factor=self.scale, mode="nearest")


Network = RRDBNet | SRVGGNetCompact


def _conv(into: int, out: int) -> nn.Conv2d:
    return nn.Conv2d(into, out, 3, padding=1)


def _leaky(x: Tensor) -> Tensor:
    """In place: nothing else holds a convolution's result."""
    return F.leaky_relu_(x, SLOPE)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _in_pieces(function: Callable[[Tensor], Tensor], x: Tensor, out: Tensor, reach: int, pixels: int) -> None:
    """`out` becomes `function(x)`, a square of at most so many pixels at a time. The two share no memory."""
    count, _, height, width = x.shape
    scale, side = out.shape[2] // height, max(8, isqrt(pixels) - 2 * reach)
    for image in range(count):
        for top in range(0, height, side):
            for left in range(0, width, side):
                above, before = min(top, reach), min(left, reach)
                piece = x[image : image + 1, :, top - above : top + side + reach, left - before : left + side + reach]
                to = out[image : image + 1, :, top * scale : (top + side) * scale, left * scale : (left + side) * scale]
                made = function(piece)[:, :, above * scale :, before * scale :]
                to.copy_(made[:, :, : to.shape[2], : to.shape[3]])

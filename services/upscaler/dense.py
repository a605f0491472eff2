"""The body of RRDBNet without a single concatenation, for GPUs.

Every dense block works in one buffer of 192 channels: a convolution reads the channels that are there and writes its
own behind them, activation included; the last one adds the residual, and leaves the next block's input in the other
buffer. A plain run moves three times as many bytes. What comes out is what `ResidualBlock` makes, trunk in float32.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from services.upscaler.networks import RESIDUAL, SLOPE, DenseBlock, ResidualBlock, RRDBNet


class Packed(NamedTuple):
    """A convolution as a matrix: (9 · channels in, channels out), taps row by row, and its bias in float32."""

    weight: Tensor
    bias: Tensor


class Kernels(Protocol):
    """Convolutions of 3 × 3 with a border of zeros, on tensors of shape (n, h, w, channels)."""

    def grow(self, buffer: Tensor, seen: int, packed: Packed) -> None:
        """Reads the first `seen` channels and writes the activated result behind them."""

    def close(
        self, buffer: Tensor, packed: Packed, trunk: Tensor, outer: Tensor | None, after: Tensor, out: Tensor
    ) -> None:
        """Reads all channels. The result added to the trunk, and that to the outer trunk if there is one, goes to
        `out` in float32, and to the first channels of `after`.
        """


class Body(nn.Module):
    """Stands in for `RRDBNet.body`: (n, features, h, w) float32 in and out."""

    def __init__(self, network: RRDBNet, kernels: Kernels) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_Block(block, kernels) for block in cast("Iterable[ResidualBlock]", network.body))
        first = cast(ResidualBlock, network.body[0]).rdb1
        self._features = first.conv1.in_channels
        self._channels = first.conv5.in_channels
        self._dtype = first.conv1.weight.dtype

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self.blocks)

    def forward(self, x: Tensor) -> Tensor:
        trunk = x.movedim(1, -1).contiguous()
        # Two, because neighbours of a pixel still read what its last convolution would overwrite.
        buffers = [torch.empty(*trunk.shape[:3], self._channels, dtype=self._dtype, device=x.device) for _ in range(2)]
        buffers[0][..., : self._features] = trunk
        for block in self.blocks:
            trunk = block(trunk, buffers)
        return trunk.movedim(-1, 1)


class _Block(nn.Module):
    """Three dense blocks around a residual."""

    def __init__(self, block: ResidualBlock, kernels: Kernels) -> None:
        super().__init__()
        self._kernels = kernels
        self._dense = [_packed(dense) for dense in (block.rdb1, block.rdb2, block.rdb3)]

    def forward(self, outer: Tensor, buffers: list[Tensor]) -> Tensor:
        """`buffers[0]` holds the input, in the end the next block's."""
        trunk = outer
        for place, (*growing, closing) in enumerate(self._dense):
            for packed in growing:
                self._kernels.grow(buffers[0], packed.weight.shape[0] // 9, packed)
            out = torch.empty_like(trunk)
            last = outer if place == len(self._dense) - 1 else None
            self._kernels.close(buffers[0], closing, trunk, last, buffers[1], out)
            trunk = out
            buffers.reverse()
        return trunk


class PlainKernels:
    """The same by torch's own convolution, on any device: what faster kernels are compared with."""

    def grow(self, buffer: Tensor, seen: int, packed: Packed) -> None:
        result = _convolved(buffer[..., :seen], packed)
        buffer[..., seen : seen + result.shape[-1]] = F.leaky_relu(result, SLOPE)

    def close(
        self, buffer: Tensor, packed: Packed, trunk: Tensor, outer: Tensor | None, after: Tensor, out: Tensor
    ) -> None:
        torch.add(trunk, _convolved(buffer, packed).float(), alpha=RESIDUAL, out=out)
        if outer is not None:
            torch.add(outer, out, alpha=RESIDUAL, out=out)
        after[..., : out.shape[-1]] = out


def _packed(dense: DenseBlock) -> list[Packed]:
    return [_matrix(conv) for conv in (dense.conv1, dense.conv2, dense.conv3, dense.conv4, dense.conv5)]


def _matrix(conv: nn.Conv2d) -> Packed:
    assert conv.bias is not None  # noqa: S101 - ours all have one
    return Packed(conv.weight.permute(2, 3, 1, 0).reshape(-1, conv.out_channels).contiguous(), conv.bias.float())


def _convolved(pixels: Tensor, packed: Packed) -> Tensor:
    weight = packed.weight.unflatten(0, (3, 3, -1)).permute(3, 2, 0, 1)
    return F.conv2d(pixels.movedim(-1, 1), weight, packed.bias.to(weight.dtype), padding=1).movedim(1, -1)

"""Triton kernels for `dense`: a convolution as a matrix product over pixels, and all that follows it in its end.

A program computes all output channels of a row of pixels; for each of the nine taps it multiplies the pixels beside it,
zero beyond the border, by that tap's part of the matrix. Triton comes with the GPU builds of torch only.
"""

# mypy: disable-error-code="untyped-decorator, no-untyped-call, no-untyped-def"

import triton  # type: ignore[import-not-found,unused-ignore]
import triton.language as tl  # type: ignore[import-not-found,unused-ignore]
from torch import Tensor

from services.upscaler.dense import Packed
from services.upscaler.networks import RESIDUAL, SLOPE

_PIXELS = 128
_DEPTH = 32


class TritonKernels:
    """On CUDA devices."""

    def grow(self, buffer: Tensor, seen: int, packed: Packed) -> None:
        n, height, width, channels = buffer.shape
        _grow[_grid(n, height, width)](
            buffer, packed.weight, packed.bias, n * height * width, height, width, channels, seen,
            out_channels=packed.weight.shape[1], slope=SLOPE, block=_PIXELS, depth_step=_depth(seen),
        )  # fmt: skip

    def close(
        self, buffer: Tensor, packed: Packed, trunk: Tensor, outer: Tensor | None, after: Tensor, out: Tensor
    ) -> None:
        n, height, width, channels = buffer.shape
        _close[_grid(n, height, width)](
            buffer, packed.weight, packed.bias, n * height * width, height, width, channels, channels,
            trunk, trunk if outer is None else outer, after, out,
            out_channels=packed.weight.shape[1], has_outer=outer is not None, share=RESIDUAL, block=_PIXELS,
            depth_step=_depth(channels),
        )  # fmt: skip


def _grid(n: int, height: int, width: int) -> tuple[int]:
    return (triton.cdiv(n * height * width, _PIXELS),)


def _depth(channels: int) -> int:
    """As many channels at a time as divide evenly; a matrix unit wants at least 16."""
    return _DEPTH if channels % _DEPTH == 0 else 16


@triton.jit
def _product(
    source, weight, bias, pixels, height, width, stride, seen,
    out_channels: tl.constexpr, block: tl.constexpr, depth_step: tl.constexpr,
):  # fmt: skip
    """The convolution of a run of pixels, in float32: (block, out_channels); and which pixels they are."""
    at = tl.program_id(0) * block + tl.arange(0, block)
    column = at % width
    row = at // width % height
    out = tl.arange(0, out_channels)
    depth = tl.arange(0, depth_step)
    total = tl.zeros((block, out_channels), dtype=tl.float32)
    for tap in range(9):
        down = tap // 3 - 1
        right = tap % 3 - 1
        inside = (row + down >= 0) & (row + down < height) & (column + right >= 0) & (column + right < width)
        inside = inside & (at < pixels)
        start = (at + down * width + right).to(tl.int64) * stride
        for channel in range(0, seen, depth_step):
            seen_here = tl.load(source + start[:, None] + channel + depth[None, :], mask=inside[:, None], other=0.0)
            matrix = tl.load(weight + (tap * seen + channel + depth[:, None]) * out_channels + out[None, :])
            total = tl.dot(seen_here, matrix, total)
    return total + tl.load(bias + out)[None, :], at, out


@triton.jit
def _grow(
    buffer, weight, bias, pixels, height, width, stride, seen,
    out_channels: tl.constexpr, slope: tl.constexpr, block: tl.constexpr, depth_step: tl.constexpr,
):  # fmt: skip
    result, at, out = _product(
        buffer, weight, bias, pixels, height, width, stride, seen, out_channels, block, depth_step
    )
    result = tl.where(result > 0, result, result * slope)
    place = at.to(tl.int64)[:, None] * stride + seen + out[None, :]
    tl.store(buffer + place, result.to(buffer.dtype.element_ty), mask=(at < pixels)[:, None])


@triton.jit
def _close(
    buffer, weight, bias, pixels, height, width, stride, seen, trunk, outer, after, target,
    out_channels: tl.constexpr, has_outer: tl.constexpr, share: tl.constexpr,
    block: tl.constexpr, depth_step: tl.constexpr,
):  # fmt: skip
    result, at, out = _product(
        buffer, weight, bias, pixels, height, width, stride, seen, out_channels, block, depth_step
    )
    mine = (at < pixels)[:, None]
    place = at.to(tl.int64)[:, None] * out_channels + out[None, :]
    result = tl.load(trunk + place, mask=mine) + result * share
    if has_outer:
        result = tl.load(outer + place, mask=mine) + result * share
    tl.store(target + place, result, mask=mine)
    behind = at.to(tl.int64)[:, None] * stride + out[None, :]
    tl.store(after + behind, result.to(after.dtype.element_ty), mask=mine)

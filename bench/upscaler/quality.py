"""How far the picture moves: by half precision, and by tiles. Counters; nothing here depends on speed."""

import torch
from torch import Tensor

from bench.table import Row
from bench.upscaler.rig import CPU, network, photo, planes
from services.upscaler.enlarger import Enlarger
from services.upscaler.mosaic import Mosaic
from services.upscaler.targets import Size
from services.upscaler.tiles import PADDING, Plan, plan, seen

_PRECISION_SIDE = 128


def precision() -> Row:
    """bfloat16 against float32 on the photo."""
    inputs = planes(photo(_PRECISION_SIDE, _PRECISION_SIDE))
    off = (_drawn(torch.bfloat16, inputs) - _drawn(torch.float32, inputs)).abs() * 255
    mean, most = off.mean().item(), off.max().item()
    return Row("bfloat16 off float32, mean and most of 255", f"{mean:.2f}, {most:.1f}", "", "", "≤ 0.5, ≤ 12")


def seams() -> Row:
    """Two windows that meet, against the whole, in float32."""
    width, height = 96, 2 * PADDING + 96
    top = (height + 2 * PADDING + 1) // 2
    windows = Plan(Size(width, height), Size(width, top), (0,), (0, height - top))
    inputs, enlarger = planes(photo(width, height)), Enlarger(network(), CPU, torch.float32)
    mosaic = Mosaic(windows, 4)
    for window in windows:
        mosaic.add(window, enlarger(seen(inputs[0], window)[None])[0])
    off = (mosaic.whole() - enlarger(inputs)[0]).abs() * 255
    return Row("seam of two tiles, mean and most of 255", f"{off.mean():.4f}, {off.max():.2f}", "", "", "most ≤ 1")


def overlaps() -> list[Row]:
    """What tiles cost beyond the picture: nothing where it fits."""
    rows = []
    for side, goal in ((1024, "0 %"), (2048, ""), (4096, "")):
        windows = plan(Size(side, side), 1 << 20)
        assert windows is not None
        share = f"{windows.extra_pixels:.0%} in {len(windows)}"
        rows.append(Row(f"extra pixels of tiles, {side}²", share, "", "", goal))
    return rows


def _drawn(dtype: torch.dtype, inputs: Tensor) -> Tensor:
    return Enlarger(network(), CPU, dtype)(inputs)

"""Pixels a second: ours in the precision the CPU has, against a plain run of the same network, and against ncnn."""

import torch

from bench.abab import Pair, abab
from bench.table import Row
from bench.upscaler.rig import CPU, by_ncnn, network, per_second, photo, planes
from services.upscaler.enlarger import Enlarger

_SIDE = 192
_PIXELS = _SIDE * _SIDE / 1e3


async def plain(rounds: int) -> Row:
    """As anyone would run it: float32, channels first, no bands."""
    inputs, reference = planes(photo(_SIDE, _SIDE)), network()
    ours = Enlarger(network(), CPU, torch.bfloat16)
    with torch.inference_mode():
        pair = await abab(
            per_second(lambda: ours(inputs), _PIXELS), per_second(lambda: reference(inputs), _PIXELS), rounds
        )
    return _row("x4plus in bfloat16, channels last, against float32", pair, 1.8)


async def ncnn_default(rounds: int) -> Row:
    """Each as it comes."""
    inputs, ours = planes(photo(_SIDE, _SIDE)), Enlarger(network(), CPU, torch.bfloat16)
    theirs = by_ncnn(_SIDE, threads=torch.get_num_threads(), half=None)
    pair = await abab(per_second(lambda: ours(inputs), _PIXELS), per_second(theirs, _PIXELS), rounds)
    return _row("… against ncnn as it comes", pair, 1.4)


async def ncnn_same(rounds: int) -> list[Row]:
    """float32 against float32, bfloat16 against bfloat16 storage."""
    inputs, rows = planes(photo(_SIDE, _SIDE)), []
    for dtype, half in ((torch.float32, False), (torch.bfloat16, True)):
        ours = Enlarger(network(), CPU, dtype)
        theirs = by_ncnn(_SIDE, threads=torch.get_num_threads(), half=half)
        pair = await abab(per_second(lambda: ours(inputs), _PIXELS), per_second(theirs, _PIXELS), rounds)  # noqa: B023
        rows.append(_row(f"{str(dtype).removeprefix('torch.')} against ncnn in the same", pair, 1.0))
    return rows


def _row(metric: str, pair: Pair, goal: float) -> Row:
    this, reference = pair.medians
    missed = "" if pair.ratio >= goal else ", missed"
    name = metric + (" *" if pair.disturbed else "")
    return Row(name, f"{this:.1f} kpx/s", f"{reference:.1f} kpx/s", f"{pair.ratio:.2f}", f"≥ {goal:g}{missed}")

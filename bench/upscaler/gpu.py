"""1024² → 4096² on a GPU, against the plainest way there. Never run so far: written where there was none."""

from collections.abc import Awaitable, Callable

import torch

from bench.abab import abab
from bench.table import Row
from bench.upscaler.rig import network, photo, planes
from services.upscaler.precision import Precision, settled

_SIDE = 1024
# Multiplications and additions of one pixel that goes in, counted from the layers.
_FLOP_A_PIXEL = 35.85e6
_GEMM = 8192


async def enlarging(rounds: int) -> list[Row]:
    """Ours as the service settles it; eager float16 with concatenation; and the device's own matrix product."""
    device = torch.device("cuda")
    inputs = planes(photo(_SIDE, _SIDE)).to(device)
    ours, eager = settled(network(), device, Precision.AUTO), network().to(device).half()
    halved = inputs.half()
    with torch.inference_mode():
        pair = await abab(_timed(lambda: ours(inputs)), _timed(lambda: eager(halved)), rounds)
    this, reference = pair.medians
    share = _FLOP_A_PIXEL * _SIDE**2 / this / await _gemm_flops(device)
    return [
        Row("1024² → 4096²", f"{this:.3f} s", f"{reference:.3f} s", f"{1 / pair.ratio:.2f}", "≥ 2, ≤ 0.18 s"),
        Row("… as a share of this device's matrix product", f"{share:.0%}", "", "", ""),
    ]


async def _gemm_flops(device: torch.device) -> float:
    left = torch.randn(_GEMM, _GEMM, device=device, dtype=torch.bfloat16)
    measure = _timed(lambda: left @ left)
    await measure()
    return 2 * _GEMM**3 / min([await measure() for _ in range(5)])


def _timed(work: Callable[[], object]) -> Callable[[], Awaitable[float]]:
    """By the device's own clock."""

    async def measure() -> float:
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1e3

    return measure

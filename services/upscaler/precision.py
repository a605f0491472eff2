"""Which number format a network runs in: bfloat16 where the device has it built in and it draws the same picture."""

import enum
import logging
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from services.common.startup import StartupError
from services.upscaler.enlarger import Enlarger
from services.upscaler.networks import Network, RRDBNet

log = logging.getLogger(__name__)


class Precision(enum.StrEnum):
    """What may be configured. AUTO: bfloat16 where it is built in and right, else float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


# In steps of 255. Measured with x4plus on photos: mean 0.2, most 4; on the sample below, which is harsher: 0.3, 12.3. A
# broken kernel misses by tens, everywhere.
_MEAN_LIMIT = 0.5
_MOST_LIMIT = 20.0

_SAMPLE_SIDE = 64
# A GPU is not busy with less.
_GPU_SAMPLE_SIDE = 384


@dataclass(frozen=True, slots=True)
class Trial:
    """How a half-precision run compares with float32 on one sample picture."""

    mean: float
    most: float
    speed: float

    @property
    def right(self) -> bool:
        """False also for anything that is not a number."""
        return self.mean <= _MEAN_LIMIT and self.most <= _MOST_LIMIT

    def __str__(self) -> str:
        return f"{self.mean:.2f} of 255 off on average, {self.most:.1f} at most, ×{self.speed:.1f} as fast"


def settled(network: Network, device: torch.device, wanted: Precision) -> Enlarger:
    """The network in the precision wanted, after it was compared with float32 on this very device.

    StartupError where a precision was asked for by name and draws another picture.
    """
    return _quickest(_precise(network, device, wanted), network)


def _precise(network: Network, device: torch.device, wanted: Precision) -> Enlarger:
    exact = Enlarger(network, device, torch.float32)
    if wanted is Precision.FLOAT32 or (wanted is Precision.AUTO and not has_bfloat16(device)):
        return exact
    dtype = torch.float16 if wanted is Precision.FLOAT16 else torch.bfloat16
    half = Enlarger(network, device, dtype)
    trial = compared(half, exact)
    log.info("precision tried", extra={"dtype": str(dtype), "trial": str(trial)})
    if wanted is Precision.AUTO:
        return half if trial.right else exact
    if not trial.right:
        raise StartupError(f"LIKENESS_PRECISION: {wanted} on this device is {trial}")
    return half


def has_bfloat16(device: torch.device) -> bool:
    """Built in. Emulated it is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return any(has and "bf16" in name for name, has in torch.cpu.get_capabilities().items())


def _quickest(plain: Enlarger, network: Network) -> Enlarger:
    """With kernels of our own, where this GPU draws the same with them, and sooner. Never run on a GPU so far."""
    if plain.device.type != "cuda" or plain.dtype is torch.float32 or not isinstance(network, RRDBNet):
        return plain
    try:
        from services.upscaler.kernels import TritonKernels
    except ImportError:
        log.warning("no kernels: this build of torch has no triton")
        return plain
    buffered = Enlarger(network, plain.device, plain.dtype, TritonKernels())
    trial = compared(buffered, plain, _GPU_SAMPLE_SIDE)
    log.info("kernels tried", extra={"trial": str(trial)})
    return buffered if trial.right and trial.speed > 1 else plain


def compared(half: Enlarger, exact: Enlarger, side: int = _SAMPLE_SIDE) -> Trial:
    """Both run the sample twice; the second run is timed."""
    sample = sample_picture(exact.multiple * side)
    (reference, exact_s), (result, half_s) = _timed(exact, sample), _timed(half, sample)
    off = (result - reference).abs() * 255
    return Trial(off.mean().item(), off.max().item(), exact_s / half_s)


def sample_picture(side: int) -> Tensor:
    """Gradients, edges, fine lines and noise: (1, 3, side, side)."""
    ramp = torch.linspace(0, 1, side)
    down, across = torch.meshgrid(ramp, ramp, indexing="ij")
    lines = ((down * 13).floor() + (across * 7).floor()) % 2
    noise = torch.rand(side, side, generator=torch.Generator().manual_seed(0))
    return torch.stack((across, (lines + down) / 2, (noise + down) / 2))[None]


def _timed(enlarger: Enlarger, sample: Tensor) -> tuple[Tensor, float]:
    enlarger(sample)
    began = time.perf_counter()
    result = enlarger(sample).cpu()  # waits for the device
    return result, time.perf_counter() - began

"""Where sessions run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
# What may run beside the one asked for: TensorRT leaves to CUDA what it cannot take, both leave shapes to the CPU.
PROVIDERS: Mapping[str, tuple[str, ...]] = {"cpu": (CPU,), "cuda": (CUDA, CPU), "tensorrt": (TENSORRT, CUDA, CPU)}

# One folder for each GPU, in PCI order as CUDA_DEVICE_ORDER=PCI_BUS_ID has it; the file says "Model: NVIDIA …".
_GPUS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True, slots=True)
class Placement:
    """Asked for, not hoped for: sessions open there or not at all."""

    provider: str = "cpu"
    """cpu, cuda or tensorrt."""
    device_id: int = 0
    threads: int = 2
    engine_cache: Path | None = None
    """Where TensorRT keeps the engines it built, minutes of work each. A directory that only this service writes to."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a network will be given: N x 3 x height x width."""

    least: tuple[int, ...]
    usual: tuple[int, ...]
    most: tuple[int, ...]

    @classmethod
    def batches(cls, side: int, most: int) -> "Shapes":
        """One to `most` squares at once."""
        return cls((1, 3, side, side), (max(1, most // 4), 3, side, side), (most, 3, side, side))


def device_name(placement: Placement, gpus: Path = _GPUS) -> str:
    """As answers name it: "cpu", "cuda:NVIDIA H100 80GB HBM3", or "cuda:0" where the driver does not say."""
    if placement.provider == "cpu":
        return "cpu"
    folders = sorted(gpus.glob("*")) if gpus.is_dir() else []
    if placement.device_id < len(folders):
        for line in (folders[placement.device_id] / "information").read_text().splitlines():
            if line.startswith("Model:"):
                return f"cuda:{line.removeprefix('Model:').strip()}"
    return f"cuda:{placement.device_id}"

"""The device: chosen once, and never silently another."""

import torch

from services.common.startup import StartupError
from services.upscaler.memory import free_bytes

# The rest is for results, for what allocators waste, and on a CPU for everybody else.
_SHARE = {"cuda": 0.8, "cpu": 0.5}


def chosen_device(name: str, threads: int) -> torch.device:
    """The device asked for, set up. StartupError if it is not there."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise StartupError(f"LIKENESS_DEVICE: {name} is not one of cpu, cuda, cuda:0, …") from None
    if device.type == "cuda":
        if not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count():
            raise StartupError(f"LIKENESS_DEVICE: {name} was asked for and is not there")
        torch.cuda.set_device(device)
        # Shapes of tiles repeat; the first run of a shape may try which kernel suits it.
        torch.backends.cudnn.benchmark = True
    elif device.type != "cpu":
        raise StartupError(f"LIKENESS_DEVICE: {name} is not one of cpu, cuda, cuda:0, …")
    torch.set_num_threads(threads)
    return device


def described(device: torch.device) -> str:
    """As answers name it: "cpu", "cuda:NVIDIA H100 80GB HBM3"."""
    return f"cuda:{torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def budget_bytes(device: torch.device, configured: int | None) -> int:
    """What one run of a network may hold: as configured, or a share of what is free now."""
    return configured or int(free_bytes(device) * _SHARE[device.type])

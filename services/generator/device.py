"""The device: chosen once, never silently another, and its failures told apart."""

import logging
from collections import deque

import torch
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import DeviceLost, Exhausted, Internal, LikenessError
from services.common.startup import StartupError

log = logging.getLogger(__name__)

# Steps that may be queued on a GPU ahead of its work: enough to keep it busy, few enough that leaving takes one step.
_STEPS_AHEAD = 1

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def chosen_device(name: str, *, tf32: bool, threads: int) -> torch.device:
    """The device asked for, set up. StartupError if it is not there: nothing falls back to a CPU by itself."""
    device = torch.device(name)
    if device.type == "cuda":
        if not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count():
            raise StartupError(f"LIKENESS_DEVICE: {name} was asked for and is not there")
        torch.cuda.set_device(device)
    elif device.type != "cpu":
        raise StartupError(f"LIKENESS_DEVICE: {name} is not one of cpu, cuda, cuda:0, …")
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    return device


def described(device: torch.device) -> str:
    """As answers name it: "cpu", "cuda:NVIDIA H100 80GB HBM3"."""
    return f"cuda:{torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def chosen_dtype(name: str, device: torch.device) -> torch.dtype:
    """By name, or for "auto" what suits the device."""
    if name != "auto":
        return DTYPES[name]
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def out_of_memory(error: Exception) -> bool:
    return isinstance(error, torch.OutOfMemoryError)


def understood(error: Exception) -> LikenessError:
    """What a failure on the device means to a caller."""
    if isinstance(error, LikenessError):
        return error
    if out_of_memory(error):
        return Exhausted(
            reasons.REASON_OUT_OF_MEMORY, "the device has not enough memory for it; ask for a smaller size"
        )
    if isinstance(error, torch.AcceleratorError):
        return DeviceLost(reasons.REASON_DEVICE_LOST, "the device has failed")
    log.error("rendering failed", exc_info=error)
    return Internal(reasons.REASON_INTERNAL, "rendering failed")


class Pace:
    """Keeps the thread that queues work from running ahead of a GPU. On the CPU work is done when a call returns."""

    def __init__(self, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self._ends: deque[torch.cuda.Event] = deque()

    def wait(self) -> None:
        """Before a step: until at most so many are still being worked on."""
        while len(self._ends) > _STEPS_AHEAD:
            self._ends.popleft().synchronize()

    def mark(self) -> None:
        """After a step."""
        if self._on_gpu:
            event = torch.cuda.Event()
            event.record()
            self._ends.append(event)

"""How much memory a device has left, and what it looks like when there is not enough."""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import DeviceLost

T = TypeVar("T")

# What torch's CPU allocator and oneDNN say; neither has an exception of its own.
_FULL = ("can't allocate memory", "could not create a memory", "out of memory", "not enough memory", "bad_alloc")

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


class DeviceFull(Exception):
    """The device has no room for this. Everything the attempt held has been given back."""


def attempted(work: Callable[[], T], device: torch.device) -> T:
    """The work's result; DeviceFull where memory ran out, DeviceLost where the device cannot be trusted any more."""
    try:
        return work()
    except torch.AcceleratorError:
        raise DeviceLost(reasons.REASON_DEVICE_LOST, "the device failed") from None
    except (RuntimeError, MemoryError) as error:
        if not _is_full(error):
            raise
    # Not inside the handler: there the traceback still holds every tensor of the attempt.
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    raise DeviceFull


def free_bytes(device: torch.device) -> int:
    """What can be had now: of the GPU, or of this container or machine."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    bounds = [free for free in (_machine(), _container()) if free is not None]
    return min(bounds, default=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error) for words in _FULL)


def _machine() -> int | None:
    """Linux only; elsewhere half of what is built in has to do."""
    if not _MEMINFO.is_file():
        return None
    fields = dict(line.split(":", 1) for line in _MEMINFO.read_text("ascii").splitlines() if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in fields else None


def _container() -> int | None:
    """cgroup v2. None without a limit."""
    try:
        limit = (_CGROUP / "memory.max").read_text("ascii").strip()
        used = (_CGROUP / "memory.current").read_text("ascii").strip()
    except OSError:
        return None
    return None if limit == "max" else max(0, int(limit) - int(used))

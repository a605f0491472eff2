"""Memory that is there, and memory that is not."""

import gc
import weakref

import pytest
import torch

from likeness_wire.errors import DeviceLost
from services.upscaler.memory import DeviceFull, attempted, free_bytes

CPU = torch.device("cpu")


def test_what_works_is_handed_through() -> None:
    """And so is what fails of anything else."""

    def wrong() -> None:
        raise RuntimeError("shapes do not match")

    assert attempted(lambda: 7, CPU) == 7
    with pytest.raises(RuntimeError, match="shapes do not match"):
        attempted(wrong, CPU)


def test_the_allocators_own_refusal_is_understood() -> None:
    """A real one: nobody has that much."""
    with pytest.raises(DeviceFull):
        attempted(lambda: torch.empty(1 << 50, dtype=torch.uint8), CPU)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError()])
def test_other_ways_to_say_it_are_understood(error: Exception) -> None:
    """GPUs and Python."""

    def full() -> None:
        raise error

    with pytest.raises(DeviceFull):
        attempted(full, CPU)


def test_nothing_of_the_attempt_is_kept() -> None:
    """By the time the failure is known, its tensors are gone: there is room for a smaller one."""
    kept: list[weakref.ref[torch.Tensor]] = []

    def full() -> None:
        held = torch.ones(1000)
        kept.append(weakref.ref(held))
        raise MemoryError

    gc.disable()
    try:
        attempted(full, CPU)
    except DeviceFull:
        assert kept[0]() is None
    finally:
        gc.enable()


def test_a_device_that_fails_is_lost() -> None:
    """Its memory cannot be trusted, so the process has to end."""

    def broken() -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(DeviceLost):
        attempted(broken, CPU)


def test_free_memory_is_a_sensible_number() -> None:
    """More than a picture, less than an exabyte."""
    assert 1 << 24 < free_bytes(CPU) < 1 << 60

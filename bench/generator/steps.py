"""What the engine does around the networks at each step, with sixty-four pictures in flight."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from torch import Tensor

from bench.generator.rig import request, rig
from bench.table import Row
from services.generator.backends import Eager
from services.generator.loading import Models
from services.generator.networks import ControlNet, Denoiser, Inputs, Residuals
from services.generator.schedulers import Schedule


class Stopped(Eager):
    """Networks that answer at once with the right shapes, and a clock that stands still meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere_s = 0.0

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> Tensor:
        return self.apart(torch.zeros_like, given.sample)

    def control(self, net: ControlNet, given: Inputs, embedded: Tensor, scale: Tensor) -> Residuals:
        return Residuals((), given.sample)

    def apart(self, work: Callable[..., Tensor], *args: Any) -> Tensor:
        began = time.perf_counter()
        made = work(*args)
        self.elsewhere_s += time.perf_counter() - began
        return made


def bookkeeping(models: Models, rounds: int) -> Row:
    """A tick less what networks and schedulers take of it."""
    backend = Stopped()
    seconds: list[float] = []
    with _schedulers_apart(backend), rig(models, backend=backend) as made:
        for caller in range(64):
            made.start(request((caller,), who=caller, steps=20 * rounds + 5))
        for _ in range(5):
            made.engine.tick()
        for _ in range(20 * rounds):
            before, began = backend.elsewhere_s, time.perf_counter()
            made.engine.tick()
            seconds.append(time.perf_counter() - began - (backend.elsewhere_s - before))
    cost = median(seconds)
    goal = "≤ 0.10 ms" + ("" if cost <= 1e-4 else ", missed")
    return Row("around a step, 64 callers in flight", f"{cost * 1e3:.3f} ms", "", "", goal)


@contextmanager
def _schedulers_apart(backend: Stopped) -> Iterator[None]:
    """While inside, the clock also stands still in diffusers' scheduler objects."""
    kept = {name: getattr(Schedule, name) for name in ("model_input", "advance")}
    for name, method in kept.items():
        setattr(Schedule, name, _apart(method, backend))
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(Schedule, name, method)


def _apart(method: Callable[..., Tensor], backend: Stopped) -> Callable[..., Tensor]:
    return lambda *args: backend.apart(method, *args)

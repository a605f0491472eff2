"""What the generator's tests share: an engine over small models, requests, and calls whose events are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from services.generator.backends import Backend, Eager
from services.generator.call import (
    Call,
    Ended,
    Event,
    Failed,
    Picture,
    Pixels,
    Previewed,
    Prompt,
    Rendered,
    Request,
    Stepped,
)
from services.generator.checker import Checker
from services.generator.counters import Counters
from services.generator.engine import DiffusionEngine
from services.generator.finishing import Finisher
from services.generator.loading import Models
from services.generator.networks import ControlNet, Denoiser, Inputs, Residuals
from services.generator.plans import Pass
from services.generator.tiny import BASE

KEY_POINTS = np.array([(0.35, 0.4), (0.65, 0.4), (0.5, 0.55), (0.4, 0.7), (0.6, 0.7)], np.float32)
"""As shares of the canvas."""


def embedding(seed: int = 1, width: int = 512) -> NDArray[np.float32]:
    """As raw as a recogniser's: components of unit variance."""
    values: NDArray[np.float32] = torch.randn(width, generator=torch.Generator().manual_seed(seed)).numpy()
    return values


def noise_picture(width: int, height: int, seed: int = 7) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def request(
    *,
    seeds: Sequence[int] = (1,),
    prompts: Sequence[Prompt] = (Prompt("a portrait"),),
    size: tuple[int, int] = (64, 64),
    base: str = BASE,
    passes: tuple[Pass, ...] | None = None,
    identity: NDArray[np.float32] | None = None,
    **rest: Any,
) -> Request:
    """A request of four steps; what is given by keyword replaces fields of the pass or of the request."""
    of_pass = {name: rest.pop(name) for name in ("steps", "cfg", "scheduler", "denoise", "alpha") if name in rest}
    return Request(
        prompts=tuple(prompts),
        pictures=tuple(Picture(seed, index % len(prompts)) for index, seed in enumerate(seeds)),
        passes=passes or (replace(Pass(base, steps=4), **of_pass),),
        width=size[0],
        height=size[1],
        key_points=rest.pop("key_points", KEY_POINTS * np.array(size, np.float32)),
        identity=embedding() if identity is None else identity,
        send_latents=rest.pop("send_latents", True),
        **rest,
    )


@dataclass
class Watched:
    """A call that remembers what was said about it."""

    request: Request
    urgent: bool = False
    on_event: Callable[[Event], None] = lambda _: None
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.call = Call(self.request, self._heard, urgent=self.urgent)

    def _heard(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Rendered):
            self.call.undelivered -= 1
        self.on_event(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def steps(self) -> list[Stepped]:
        return self.of(Stepped)

    @property
    def previews(self) -> list[Previewed]:
        return self.of(Previewed)

    @property
    def failed(self) -> list[Failed]:
        return self.of(Failed)

    @property
    def rendered(self) -> list[Rendered]:
        return sorted(self.of(Rendered), key=lambda event: event.picture)

    @property
    def ended(self) -> Ended:
        (event,) = self.of(Ended)
        return event

    @property
    def latents(self) -> torch.Tensor:
        """(pictures, 4, h, w), in the order they were asked for."""
        return torch.stack([torch.from_numpy(event.latents) for event in self.rendered])


class Still(Eager):
    """Networks that answer at once, with nothing: for tests that count what is asked of them."""

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> torch.Tensor:
        return torch.zeros_like(given.sample)

    def control(self, net: ControlNet, given: Inputs, embedded: torch.Tensor, scale: torch.Tensor) -> Residuals:
        return Residuals((), given.sample)


class Studio:
    """An engine of its own over shared models."""

    def __init__(
        self, models: Models, *, rows: int = 16, backend: Backend | None = None, checker: Checker | None = None
    ) -> None:
        self.counters = Counters()
        self.finisher = Finisher(models.device, self.counters, checker)
        self.engine = DiffusionEngine(models, backend or Eager(), self.finisher, self.counters, rows=rows)

    def start(self, *requests: Request, urgent: bool = False) -> list[Watched]:
        calls = [Watched(each, urgent) for each in requests]
        for each in calls:
            self.engine.admit(each.call)
        return calls

    def run(self, *calls: Watched) -> None:
        """Until nothing is left to do, decoding included."""
        while self.engine.tick():
            pass
        self.finisher.drain()

    def render(self, *requests: Request) -> list[Watched]:
        calls = self.start(*requests)
        self.run()
        return calls

    def __enter__(self) -> "Studio":
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()


def latents(models: Models, wanted: Request, **kwargs: Any) -> torch.Tensor:
    """Of one request, rendered alone."""
    with Studio(models, **kwargs) as studio:
        (call,) = studio.render(wanted)
    return call.latents


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """Relative distance, L2."""
    return float((one - other).norm() / other.norm())

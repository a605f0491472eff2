"""A picture in flight: everything that is its own, from the first noise to the last step."""

import time
from typing import NamedTuple

import torch
from torch import Tensor

from services.generator import ops
from services.generator.constants import Conditions
from services.generator.loading import Base
from services.generator.lora import Chosen
from services.generator.pack import Pack
from services.generator.schedulers import Schedule


class Kinship(NamedTuple):
    """What pictures must have in common to share a forward."""

    width: int
    height: int
    base: str
    loras: Chosen
    controls: tuple[str, ...]


class Image:
    """Before its first step it holds nothing but its place; parked, it keeps latents and scheduler."""

    # Set by `prepare`.
    conditions: Conditions
    schedule: Schedule
    latents: Tensor

    def __init__(self, pack: Pack, index: int) -> None:
        self.pack = pack
        self.index = index
        self.urgent = pack.call.urgent
        self.pass_index = 0
        self.step = 0
        self._steps_before = 0
        self.anchor_latents: Tensor | None = None
        self.estimate: Tensor | None = None
        """What the last step believes in. Kept only for steps that are to be looked at."""
        self.prepare_s = 0.0
        self.began_at = 0.0
        self._generator: torch.Generator | None = None
        self._began_pass = False
        self._enter_pass()

    @property
    def started(self) -> bool:
        return self._generator is not None

    @property
    def done_steps(self) -> int:
        """Over all passes."""
        return self._steps_before + self.step

    @property
    def all_steps(self) -> int:
        return self.pack.steps

    @property
    def pass_is_over(self) -> bool:
        return self.step == self.pass_.run_steps

    @property
    def finished(self) -> bool:
        return self.pass_is_over and self.pass_index == len(self.pack.request.passes) - 1

    @property
    def adapter(self) -> float:
        """How strongly the identity adapter acts in the coming step."""
        return self._adapter[self.step]

    @property
    def identity_net(self) -> float:
        return self._identity_net[self.step]

    def control(self, place: int) -> float:
        """How strongly a further ControlNet acts in the coming step."""
        return self._controls[place][self.step]

    @property
    def time(self) -> float:
        return self.schedule.time(self.step)

    def prepare(self, base: Base) -> None:
        """Makes it ready for its next step, if it is not: conditions, scheduler and first latents of a pass."""
        if self._began_pass:
            return
        now = time.perf_counter()
        if self._generator is None:
            self.began_at = now
            self._generator = torch.Generator().manual_seed(self.pack.request.pictures[self.index].seed)
        self.conditions = self._conditions(base)
        self.schedule = Schedule(self.pass_, base.scheduler_config, self._generator)
        self.latents = self._first_latents(base, self._generator)
        self._began_pass = True
        self.prepare_s += time.perf_counter() - now

    def model_input(self) -> Tensor:
        return self.schedule.model_input(self.latents, self.step)

    def advance(self, prediction: Tensor) -> None:
        """One step, with the networks' guided prediction (1, 4, h, w), float32."""
        self.estimate = self.schedule.estimate(self.latents, prediction, self.step) if self._is_looked_at else None
        self.latents = self.schedule.advance(prediction, self.latents, self.step)
        self.step += 1

    def next_pass(self) -> None:
        """Into the pass after the one that is over; it starts from these latents."""
        if self.anchor_latents is None:
            self.anchor_latents = self.latents
        self._steps_before += self.step
        self.pass_index += 1
        self.step = 0
        self._began_pass = False
        self._enter_pass()

    @property
    def _is_looked_at(self) -> bool:
        """Whether there is a preview of the coming step. The last one is the picture itself."""
        every, coming = self.pack.request.preview_every_steps, self.done_steps + 1
        return every > 0 and coming % every == 0 and coming < self.all_steps

    def _enter_pass(self) -> None:
        """What does not change until the pass is over."""
        request = self.pack.request
        pass_ = self.pass_ = request.passes[self.pass_index]
        self.guided = pass_.cfg > 1
        self.rows = 2 if self.guided else 1
        self._adapter = ops.course(request.adapter, pass_.run_steps, pass_.alpha)
        self._identity_net = ops.course(request.identity_net, pass_.run_steps, pass_.alpha)
        self._controls = [ops.course(control.strength, pass_.run_steps) for control in request.controls]
        chosen = tuple((lora.name, lora.weight * pass_.alpha) for lora in request.loras if lora.weight * pass_.alpha)
        nets = tuple(control.name for control in request.controls)
        self.kinship = Kinship(request.width, request.height, pass_.base_model, chosen, nets)

    def _conditions(self, base: Base) -> Conditions:
        return self.pack.constants.conditions(
            base,
            self.kinship.loras,
            self.pack.request.pictures[self.index].prompt,
            guided=self.guided,
            identity_net=any(self._identity_net),
        )

    def _first_latents(self, base: Base, generator: torch.Generator) -> Tensor:
        """From noise; or from what was before, noised. What is sampled comes first, then the noise."""
        if self.pass_.denoise is None:
            return self.schedule.start(self._noise(base, generator))
        before = self._before(base, generator)
        return self.schedule.noised(before, self._noise(base, generator))

    def _before(self, base: Base, generator: torch.Generator) -> Tensor:
        if self.pass_index:
            return self.latents
        start = self.pack.request.start
        if start is not None and start.picture is not None:
            return self.pack.constants.posterior(base).sample(generator)
        return self.pack.constants.blended()

    def _noise(self, base: Base, generator: torch.Generator) -> Tensor:
        """Drawn on the CPU in float32, whatever runs it: the same seed is the same picture everywhere."""
        size = (1, 4, self.kinship.height // 8, self.kinship.width // 8)
        return torch.randn(size, generator=generator, dtype=torch.float32).to(base.denoiser.unet.device)

"""Schedulers: diffusers' own objects, one for each pass of each picture, always made from the base model's own file."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)
from torch import Tensor

from services.generator.ops import clean_estimate
from services.generator.plans import Pass, Scheduler

_KINDS: dict[Scheduler, tuple[type[Any], dict[str, object]]] = {
    Scheduler.EULER: (EulerDiscreteScheduler, {}),
    Scheduler.DPMPP_2M_KARRAS: (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    Scheduler.DPMPP_2M_SDE: (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    Scheduler.UNIPC: (UniPCMultistepScheduler, {}),
    Scheduler.LCM: (LCMScheduler, {}),
    Scheduler.DDIM: (DDIMScheduler, {}),
}


class Schedule:
    """The way of one picture through one pass; with img2img, only the last steps of it.

    Sigmas and timesteps stay on the CPU, where reading them never waits for a GPU.
    """

    def __init__(self, pass_: Pass, config: Mapping[str, Any], generator: torch.Generator) -> None:
        scheduler_class, changes = _KINDS[pass_.scheduler]
        self._scheduler = scheduler_class.from_config({**config, **changes})
        self._scheduler.set_timesteps(pass_.steps, device="cpu")
        first = pass_.steps - pass_.run_steps
        self.timesteps = self._scheduler.timesteps[first:]
        self._times = self.timesteps.tolist()
        if pass_.denoise is not None and hasattr(self._scheduler, "set_begin_index"):
            self._scheduler.set_begin_index(first)
        accepted = inspect.signature(self._scheduler.step).parameters
        self._extra = {"generator": generator} if "generator" in accepted else {}

    @property
    def steps(self) -> int:
        return len(self._times)

    def time(self, step: int) -> float:
        return float(self._times[step])

    def start(self, noise: Tensor) -> Tensor:
        """Latents of a pass that starts from noise."""
        return noise * self._scheduler.init_noise_sigma

    def noised(self, latents: Tensor, noise: Tensor) -> Tensor:
        """Latents of a pass that starts from other latents."""
        started: Tensor = self._scheduler.add_noise(latents, noise, self.timesteps[:1])
        return started

    def model_input(self, latents: Tensor, step: int) -> Tensor:
        scaled: Tensor = self._scheduler.scale_model_input(latents, self.timesteps[step])
        return scaled

    def estimate(self, latents: Tensor, prediction: Tensor, step: int) -> Tensor:
        """The clean latents that a prediction amounts to. Scaled for the model, all six schedulers look alike."""
        kept = float(self._scheduler.alphas_cumprod[round(self.time(step))])
        velocity = self._scheduler.config.prediction_type == "v_prediction"
        return clean_estimate(self.model_input(latents, step), prediction, kept, velocity)

    def advance(self, prediction: Tensor, latents: Tensor, step: int) -> Tensor:
        """The latents after this step, in the dtype of both."""
        following: Tensor = self._scheduler.step(
            prediction, self.timesteps[step], latents, **self._extra, return_dict=False
        )[0]
        return following

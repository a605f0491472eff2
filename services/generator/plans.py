"""Render plans as data: how a picture is rendered is a list of passes. A further plan is a row of the table."""

import enum
from dataclasses import dataclass, replace
from typing import Any

DEFAULT_CFG = 5.0
DEFAULT_STEPS = 30
DENOISE_FROM_PICTURE = 0.8
DENOISE_FROM_LATENTS = 0.5


class Scheduler(enum.Enum):
    """How noise becomes a picture."""

    EULER = "euler"
    DPMPP_2M_KARRAS = "dpmpp-2m-karras"
    DPMPP_2M_SDE = "dpmpp-2m-sde"
    UNIPC = "unipc"
    LCM = "lcm"
    DDIM = "ddim"


@dataclass(frozen=True, slots=True)
class Pass:
    """One denoising run, nothing left open.

    `alpha` multiplies both identity strengths and every LoRA weight. `denoise` is how much of what it starts from is
    rendered anew; None where it starts from noise.
    """

    base_model: str
    name: str = ""
    alpha: float = 1.0
    cfg: float = DEFAULT_CFG
    scheduler: Scheduler = Scheduler.EULER
    steps: int = DEFAULT_STEPS
    denoise: float | None = None

    @property
    def run_steps(self) -> int:
        """Steps that are run: with img2img the last ones of the schedule."""
        return self.steps if self.denoise is None else min(int(self.steps * self.denoise), self.steps)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A pass as a plan or a caller gives it: what is None is the request's."""

    name: str = ""
    second_base: bool = False
    base_model: str = ""
    alpha: float | None = None
    cfg: float | None = None
    scheduler: Scheduler | None = None
    steps: int | None = None
    denoise: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Passes one after the other. With latent shares, the first one starts from latents blended so."""

    sketches: tuple[Sketch, ...]
    latent_shares: tuple[float, ...] = ()


PLANS = {
    "single": Plan((Sketch("single"),)),
    # Identity first, style over it; where measured drift asks for it, "rescue" goes on from the latents of both.
    "anchor-style-rescue": Plan(
        (Sketch("anchor", alpha=1.0, cfg=5.8), Sketch("style", alpha=0.85, cfg=6.3, denoise=0.5)),
    ),
    "rescue": Plan((Sketch("rescue", alpha=0.90, cfg=6.8),), latent_shares=(0.7, 0.3)),
    # Identity by the base that holds it best, looks by a second one that is trained for realism.
    "anchor-style": Plan((Sketch("anchor"), Sketch("style", second_base=True, denoise=0.5))),
}


def filled(sketch: Sketch, request: Pass, second_base: str) -> Pass:
    """The pass a sketch stands for, beside a request that says the rest."""
    own: dict[str, Any] = {
        "alpha": sketch.alpha,
        "cfg": sketch.cfg,
        "scheduler": sketch.scheduler,
        "steps": sketch.steps,
        "denoise": sketch.denoise,
        "base_model": sketch.base_model or (second_base if sketch.second_base else None),
    }
    return replace(request, name=sketch.name, **{key: value for key, value in own.items() if value is not None})


def resolved(sketches: tuple[Sketch, ...], request: Pass, second_base: str) -> tuple[Pass, ...]:
    """All passes of a picture. `request` is what the request says of a first pass, its denoise included; the further
    ones start from what was before them.
    """
    following = replace(request, denoise=DENOISE_FROM_LATENTS)
    first, *others = sketches
    return (filled(first, request, second_base), *(filled(sketch, following, second_base) for sketch in others))

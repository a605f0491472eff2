"""What an engine serves: the names and numbers that requests are checked against, and that GetInfo tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.generator.plans import PLANS, Plan, Scheduler
from services.generator.poses import POSES, Pose


@dataclass(frozen=True, slots=True)
class Canvas:
    """Sizes that may be asked for, in pixels."""

    width: int = 896
    height: int = 1152
    multiple: int = 64
    min_side: int = 256
    max_side: int = 2048
    max_pixels: int = 2_359_296


@dataclass(frozen=True, slots=True)
class Menu:
    """Of one engine; the default of each list comes first. Empty lists: nothing of the kind."""

    engine: str
    canvas: Canvas
    bases: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    schedulers: tuple[Scheduler, ...] = ()
    plans: Mapping[str, Plan] = field(default_factory=dict)
    poses: Mapping[str, Pose] = field(default_factory=dict)
    recogniser_id: str = ""
    """Of the embeddings it is conditioned by. Empty: it does not look at identities."""
    identity_width: int = 0
    has_latents: bool = False
    needs_photo: bool = False
    backend: str = ""
    precision: str = ""
    rows: int = 0
    max_pictures: int = 64
    max_prompts: int = 16
    output_checked: bool = False

    @property
    def second_base(self) -> str:
        """The base of a plan's second model; where there is none, the only one."""
        return self.bases[min(1, len(self.bases) - 1)] if self.bases else ""


def diffusion_menu(**served: object) -> Menu:
    """Everything that the step-level engine can do, with the models that are there."""
    return Menu(
        engine="diffusion",
        schedulers=tuple(Scheduler),
        plans=PLANS,
        poses=POSES,
        has_latents=True,
        **served,  # type: ignore[arg-type]  # fields of Menu, named by the caller
    )

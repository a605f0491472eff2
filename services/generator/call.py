"""What every engine of the generator is given, and what it says while it works. Plain values: no tensors, no protobuf.

An engine is driven from one thread (services/common/driver.py): it is handed calls with `admit`, and `tick` makes it do
one bounded piece of work, a denoise step or one restaged picture. It reports by putting events into the call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from likeness_wire.errors import LikenessError
from services.common import driver
from services.common.admission import Stop
from services.common.driver import Ended
from services.generator.plans import Pass, Scheduler

Pixels = NDArray[np.uint8]
"""RGB, (height, width, 3)."""
Latents = NDArray[np.float32]
"""(4, height / 8, width / 8), as the VAE scales them."""

# Pictures that wait for a slow reader before its further ones are held back.
UNDELIVERED_MAX = 4


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words. A negative of None is zero embeddings, an empty one is the embedding of the empty text."""

    text: str = field(repr=False)
    negative: str | None = field(default=None, repr=False)
    text_is_template: bool = False
    negative_is_template: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the seed of its noise and the index of its prompt."""

    seed: int
    prompt: int = 0


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly something acts, and in which part of the steps."""

    value: float
    start: float = 0.0
    end: float = 1.0


@dataclass(frozen=True, slots=True)
class Control:
    """A further ControlNet with its finished map, as large as the canvas."""

    name: str
    map: Pixels = field(repr=False)
    strength: Strength = Strength(1.0)


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA and its weight."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Start:
    """What the first pass starts from: a picture as large as the canvas, or latents with shares that add up to 1."""

    picture: Pixels | None = field(default=None, repr=False)
    latents: tuple[tuple[Latents, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """The photo that the preview engine restages, upright, and the face in it that is meant."""

    photo: Pixels = field(repr=False)
    key_points: NDArray[np.float32] = field(repr=False)
    """(5, 2), in pixels of the photo."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to render, complete: nothing in it is left to a default of the engine."""

    prompts: tuple[Prompt, ...]
    pictures: tuple[Picture, ...]
    passes: tuple[Pass, ...]
    width: int
    height: int
    key_points: NDArray[np.float32] = field(repr=False)
    """(5, 2), in pixels of the canvas; left eye, right eye, nose, left and right corner of the mouth."""
    identity: NDArray[np.float32] | None = field(default=None, repr=False)
    """The recogniser's raw embedding. None only for engines that do not look at it."""
    plan: str = "single"
    adapter: Strength = Strength(0.8)
    identity_net: Strength = Strength(0.8)
    controls: tuple[Control, ...] = ()
    loras: tuple[Lora, ...] = ()
    start: Start | None = None
    preview_every_steps: int = 0
    send_latents: bool = False
    reference: Reference | None = None
    staging: object | None = None
    """The preview engine's own; others do not look at it."""


class Stepped(NamedTuple):
    """A picture has made a step; counts run over all its passes."""

    picture: int
    pass_index: int
    step: int
    steps: int
    remaining_s: float | None = None


@dataclass(frozen=True, slots=True)
class Previewed:
    """A look at a picture in the making."""

    picture: int
    step: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A picture that is done. Seconds by stage."""

    picture: int
    pixels: Pixels = field(repr=False)
    seconds: Mapping[str, float]
    latents: Latents | None = field(default=None, repr=False)
    anchor_latents: Latents | None = field(default=None, repr=False)
    key_points: NDArray[np.float32] | None = field(default=None, repr=False)
    """(5, 2), on the canvas, where they are not exactly those of the request."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A picture that will not come; the others go on."""

    picture: int
    error: LikenessError


Event = Stepped | Previewed | Rendered | Failed | Ended


class Call:
    """One request on its way through an engine. `emit` may be called from any thread and never blocks."""

    def __init__(
        self,
        request: Request,
        emit: Callable[[Event], None],
        *,
        stop: Stop | None = None,
        urgent: bool = False,
    ) -> None:
        self.request = request
        self.emit = emit
        self.stop = stop or Stop()
        self.urgent = urgent or len(request.pictures) == 1
        self.undelivered = 0
        """Pictures that were emitted and have not reached the caller: whoever delivers counts down."""

    @property
    def items(self) -> int:
        """Places in the queue: pictures."""
        return len(self.request.pictures)

    @property
    def reader_is_slow(self) -> bool:
        return self.undelivered >= UNDELIVERED_MAX


def items_done(_: Call, event: Event) -> int:
    """Pictures that are done with it."""
    return int(isinstance(event, Rendered))


class Engine(driver.Engine[Call], Protocol):
    """The seam between the driver and whatever renders."""

    def close(self) -> None:
        """Ends threads and frees the device."""


__all__ = [
    "Call",
    "Control",
    "Ended",
    "Engine",
    "Event",
    "Failed",
    "Latents",
    "Lora",
    "Pass",
    "Picture",
    "Pixels",
    "Previewed",
    "Prompt",
    "Reference",
    "Rendered",
    "Request",
    "Scheduler",
    "Start",
    "Stepped",
    "Strength",
    "items_done",
]

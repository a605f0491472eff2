"""A picture that is being enlarged: what was ordered, its tiles, and how far it is."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from services.upscaler.enlarger import Enlarger
from services.upscaler.finishing import SoftFace
from services.upscaler.mosaic import Mosaic
from services.upscaler.pictures import Picture
from services.upscaler.targets import Framing
from services.upscaler.tiles import Plan, Window, seen


class Weights(Protocol):
    """Where the engine gets a network from, on the thread that owns the device."""

    def enlarger(self, denoise: float | None) -> Enlarger: ...


@dataclass(frozen=True, slots=True)
class Order:
    """A picture, what shall become of it, and by which network; that is not asked where nothing is enlarged."""

    picture: Picture
    framing: Framing
    network: Weights
    denoise: float | None = None
    alpha_by_network: bool = True
    faces: tuple[SoftFace, ...] = ()


class Enlargement:
    """One picture on its way. Lives as long as its call."""

    def __init__(self, order: Order, enlarger: Enlarger | None, sheets: Sequence[Tensor], plan: Plan) -> None:
        self.order = order
        self.enlarger = enlarger
        self.tiles = len(sheets) * len(plan)
        self.done = 0
        self.share_of_tile = 0.0
        self.memory_retries = 0
        self.pixels_run = 0
        self._pixels = plan.picture.pixels
        self.mosaics = [Mosaic(plan, enlarger.scale) for _ in sheets if enlarger]
        self.waiting = deque(
            Tile(self, enlarger, seen(sheet, window), window, mosaic)
            for sheet, mosaic in zip(sheets, self.mosaics, strict=True)
            for window in plan
            if enlarger
        )
        self._furthest = 0.0

    @property
    def complete(self) -> bool:
        return self.done == self.tiles

    @property
    def fraction(self) -> float:
        """Of the work in the network, also within tiles. It never falls, even if there are more tiles than planned."""
        now = 1.0 if self.complete else (self.done + self.share_of_tile) / self.tiles
        self._furthest = max(self._furthest, now)
        return self._furthest

    @property
    def extra_pixels(self) -> float:
        """Pixels computed for overlaps, as a share of the picture's own (twice those, where alpha has its own run)."""
        own = len(self.mosaics) * self._pixels
        return max(0.0, self.pixels_run / own - 1) if own else 0.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A window of a picture that waits to be run."""

    owner: Enlargement
    enlarger: Enlarger
    pixels: Tensor = field(repr=False)
    window: Window
    mosaic: Mosaic = field(repr=False)

    def kin(self, other: "Tile") -> bool:
        """Whether both can run as one batch."""
        return self.enlarger is other.enlarger and self.pixels.shape == other.pixels.shape

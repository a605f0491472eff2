"""What enlarges, seen from the command: a service or this machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.upscaler.targets import Size, Target

Given = Any
"""A picture as an enlarger holds it between passes: bytes, or pixels."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is the same for all passes."""

    network: str
    denoise: float | None
    lossless: bool


@dataclass(frozen=True, slots=True)
class Enlarged:
    """The result of one pass. One of `png` and `pixels` is there."""

    size: Size
    network: str
    precision: str
    device: str
    tiles: int
    png: bytes | None = field(default=None, repr=False)
    pixels: Any = field(default=None, repr=False)
    """(h, w, c) in uint8 or uint16."""

    def again(self) -> Given:
        """As the next pass takes it."""
        return self.png if self.pixels is None else self.pixels


class Enlarger(Protocol):
    """One pass at a time."""

    def open(self, photo: Path) -> Given: ...

    def enlarge(self, given: Given, target: Target, tell: Callable[[float], None]) -> Enlarged:
        """Blocks. BadRequest, SCALE_TOO_LARGE, where one pass does not lead so far."""

"""Cutting a picture that does not fit into windows that do, and putting the results together without seams.

All windows of a picture have one shape, so that they can be run as one batch. Neighbours overlap by twice the padding;
in the middle of the overlap one fades into the other. Beyond the padding a pixel no longer moves the result by as much
as one step of 255 (docs/upscaler.md has the measurement).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor

from services.upscaler.targets import Size

PADDING = 64
# Half the width of the fade. What lies beyond the padding by then counts for less than half.
FADE = 16
# A fifth of such a window is its own. What is cut into windows of three paddings is never cut narrower than this.
_NARROWEST = 5 * PADDING // 2


class Window(NamedTuple):
    """A rectangle of the picture, in its own pixels."""

    left: int
    top: int
    width: int
    height: int


def seen(planes: Tensor, window: Window) -> Tensor:
    """The part of (c, h, w) that lies in the window; a view."""
    left, top, width, height = window
    return planes[:, top : top + height, left : left + width]


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows that cover a picture. Rows and columns hold where they begin."""

    picture: Size
    window: Size
    columns: tuple[int, ...]
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.columns) * len(self.rows)

    def __iter__(self) -> Iterator[Window]:
        return (Window(left, top, *self.window) for top in self.rows for left in self.columns)

    @property
    def extra_pixels(self) -> float:
        """Pixels computed twice or more, as a share of the picture's own."""
        return len(self) * self.window.pixels / self.picture.pixels - 1

    def weights(self, window: Window, scale: int) -> tuple[Tensor, Tensor]:
        """How much of the window counts, down (h, 1) and across (w), in pixels of the enlarged picture.

        Over all windows the products add up to 1 everywhere.
        """
        down = _fades(window.top, window.height, self.rows, scale)
        return down[:, None], _fades(window.left, window.width, self.columns, scale)


def plan(picture: Size, most_pixels: int, multiple: int = 1) -> Plan | None:
    """The windows of at most `most_pixels` that compute least beyond the picture; one window if it fits.

    Sides of windows are multiples of `multiple`, as the picture's are. None where no window can be large enough.
    """
    if picture.pixels <= most_pixels:
        return Plan(picture, picture, (0,), (0,))
    choices = list(_choices(picture, most_pixels, multiple))
    return min(choices, key=lambda choice: (len(choice) * choice.window.pixels, len(choice)), default=None)


def smallest_pixels() -> int:
    """With this many any picture can be cut: three paddings square. Narrower ones would hardly get on."""
    return (3 * PADDING) ** 2


def _choices(picture: Size, most_pixels: int, multiple: int) -> Iterator[Plan]:
    """For every number of rows, the fewest columns that keep a window within bounds."""
    for rows in _counts(picture.height, multiple):
        height = _side(picture.height, rows, multiple)
        for columns in _counts(picture.width, multiple):
            width = _side(picture.width, columns, multiple)
            if width * height <= most_pixels:
                yield Plan(
                    picture,
                    Size(width, height),
                    _starts(picture.width, width, columns, multiple),
                    _starts(picture.height, height, rows, multiple),
                )
                break


def _counts(length: int, multiple: int) -> Iterator[int]:
    """How many windows a side may be cut into."""
    yield 1
    count = 2
    while _side(length, count, multiple) >= _NARROWEST:
        yield count
        count += 1


def _side(length: int, count: int, multiple: int) -> int:
    """The shortest window of which `count` cover the length and overlap by twice the padding."""
    return length if count == 1 else ceil((length + (count - 1) * 2 * PADDING) / count / multiple) * multiple


def _starts(length: int, window: int, count: int, multiple: int) -> tuple[int, ...]:
    if count == 1:
        return (0,)
    last = length - window
    return (*(last * place // (count - 1) // multiple * multiple for place in range(count - 1)), last)


def _fades(start: int, length: int, starts: tuple[int, ...], scale: int) -> Tensor:
    """1 where only this window counts, 0 where only a neighbour does."""
    place = starts.index(start)
    weights = torch.ones(length * scale)
    at = (torch.arange(length * scale) + 0.5) / scale + start
    if place > 0:
        weights = _rise(at, (start + starts[place - 1] + length) / 2)
    if place + 1 < len(starts):
        # What this one loses the next one gains, also where three meet.
        weights = weights - _rise(at, (starts[place + 1] + start + length) / 2)
    return weights


def _rise(at: Tensor, middle: float) -> Tensor:
    return ((at - middle) / (2 * FADE) + 0.5).clamp(0, 1)

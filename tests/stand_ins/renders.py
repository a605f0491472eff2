"""Pictures that say which render they are, to whoever looks at their pixels."""

from dataclasses import dataclass, field

import numpy as np
from likeness.common.v1.chunk_pb2 import Role
from likeness.generator.v1.options_pb2 import GenerateOptions
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_COLUMNS, _ROWS = 8, 5
# In the fifth row: that it is one of ours, and whether it has been enlarged.
_OURS = 0b1011001
_DARK, _LIGHT = 64, 192


@dataclass(slots=True)
class Render:
    """One picture that was begun."""

    number: int
    seed: int
    options: GenerateOptions = field(repr=False)
    roles: tuple[Role, ...]
    """Of the blobs that came with it."""
    latents: tuple[int, ...] = ()
    """What it starts from: the numbers of renders, below zero for those of an anchor."""

    @property
    def step_id(self) -> str:
        return self.options.step_id


def stamped(number: int, width: int, height: int, *, enlarged: bool = False) -> Pixels:
    """Large squares, light for ones: they survive resizing and JPEG."""
    bits = [number >> bit & 1 for bit in range(32)] + [_OURS >> bit & 1 for bit in range(7)] + [int(enlarged)]
    cells = np.where(np.array(bits, bool).reshape(_ROWS, _COLUMNS), _LIGHT, _DARK).astype(np.uint8)
    rows, columns = np.arange(height) * _ROWS // height, np.arange(width) * _COLUMNS // width
    grey = cells[rows[:, None], columns[None, :]]
    return np.repeat(grey[:, :, None], 3, axis=2)


def read_stamp(pixels: Pixels) -> tuple[int, bool] | None:
    """Number and whether it has been enlarged. None: not one of ours."""
    height, width = pixels.shape[:2]
    rows = (np.arange(_ROWS) * 2 + 1) * height // (2 * _ROWS)
    columns = (np.arange(_COLUMNS) * 2 + 1) * width // (2 * _COLUMNS)
    bits = (pixels[rows[:, None], columns[None, :]].mean(axis=2) > (_DARK + _LIGHT) / 2).ravel()
    number = sum(1 << bit for bit in range(32) if bits[bit])
    ours = sum(1 << bit for bit in range(7) if bits[32 + bit])
    return (number, bool(bits[39])) if ours == _OURS else None

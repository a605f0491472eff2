"""Which row of a forward is whose.

A row is one half of one picture. First come the unconditional halves of the guided pictures, then the conditional
halves of all of them, then copies of the last row, up to a number that the backend likes.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from services.generator.constants import Conditions
from services.generator.image import Image

Bucket = Callable[[int], int]


class Rows:
    """The layout of one batch."""

    def __init__(self, images: Sequence[Image], bucket: Bucket, device: torch.device, dtype: torch.dtype) -> None:
        self.images = sorted(images, key=lambda image: not image.guided)
        self.pairs = sum(image.guided for image in images)
        self.count = self.pairs + len(images)
        """Without the copies at the end."""
        self.owners = padded([*range(self.pairs), *range(len(images))], bucket)
        self.bucket = bucket
        self.device = device
        self.dtype = dtype

    def __len__(self) -> int:
        return len(self.owners)

    def stacked(self, positive: Callable[[Conditions], Tensor], negative: Callable[[Conditions], Tensor]) -> Tensor:
        """What belongs to the halves of the pictures, row by row."""
        sides = [negative] * self.pairs + [positive] * (len(self) - self.pairs)
        return torch.cat([side(self.images[owner].conditions) for side, owner in zip(sides, self.owners, strict=True)])

    def spread(self, parts: Sequence[Tensor]) -> Tensor:
        """One tensor of one row for each picture, for all its rows."""
        return torch.cat([parts[owner] for owner in self.owners])

    def numbers(self, values: Sequence[float]) -> Tensor:
        """One number for each picture, for all its rows, float32."""
        return torch.tensor([values[owner] for owner in self.owners], device=self.device)

    def where(self, values: Sequence[float]) -> list[int]:
        """The rows of pictures whose value is not 0."""
        return [row for row, owner in enumerate(self.owners[: self.count]) if values[owner]]


class Scales:
    """Numbers by picture as a tensor (rows, 1, 1, 1), made anew only when they change: mostly they do not."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._values: list[float] | None = None
        self._tensor: Tensor | None = None

    def __call__(self, values: list[float]) -> Tensor | None:
        """None if all are 0, so that nothing needs to run."""
        if values != self._values:
            self._values = values
            self._tensor = self._rows.numbers(values).to(self._rows.dtype).view(-1, 1, 1, 1) if any(values) else None
        return self._tensor


def padded(rows: list[int], bucket: Bucket) -> list[int]:
    return [*rows, *[rows[-1]] * (bucket(len(rows)) - len(rows))]

"""Two ways of doing the same, measured in turn, so that a busy neighbour disturbs both alike."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Pair:
    """One number a round of each."""

    this: list[float]
    reference: list[float]

    @property
    def medians(self) -> tuple[float, float]:
        return statistics.median(self.this), statistics.median(self.reference)

    @property
    def ratio(self) -> float:
        """The median of each round's ratio: a slow minute moves both of its numbers, and so not the ratio."""
        return statistics.median(a / b for a, b in zip(self.this, self.reference, strict=True))

    @property
    def difference(self) -> float:
        """The median of each round's difference."""
        return statistics.median(a - b for a, b in zip(self.this, self.reference, strict=True))


async def abab(this: Measure, reference: Measure, rounds: int) -> Pair:
    """Each once to warm up, which is not counted, then in turn."""
    await this(), await reference()
    pairs = [(await this(), await reference()) for _ in range(rounds)]
    return Pair([a for a, _ in pairs], [b for _, b in pairs])

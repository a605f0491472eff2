"""Two ways of doing the same, measured in turn, so that a busy neighbour disturbs both alike."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from bench.neighbours import Neighbours

Measure = Callable[[], Awaitable[float]]

# Of a core. Below it a run of some tenths of a second is as good as undisturbed.
_QUIET = 0.1
_TRIES = 3


class Round(NamedTuple):
    """One number of each, and how many cores others used meanwhile."""

    this: float
    reference: float
    disturbed: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The rounds that count."""

    rounds: list[Round]

    @property
    def medians(self) -> tuple[float, float]:
        return statistics.median(r.this for r in self.rounds), statistics.median(r.reference for r in self.rounds)

    @property
    def ratio(self) -> float:
        """The median of each round's ratio: a slow minute moves both of its numbers, and so not the ratio."""
        return statistics.median(r.this / r.reference for r in self.rounds)

    @property
    def difference(self) -> float:
        """The median of each round's difference."""
        return statistics.median(r.this - r.reference for r in self.rounds)

    @property
    def disturbed(self) -> bool:
        """Others had a share in most rounds."""
        return statistics.median(r.disturbed for r in self.rounds) >= _QUIET


async def abab(this: Measure, reference: Measure, rounds: int) -> Pair:
    """Each once to warm up, then in turn until enough rounds were undisturbed, or for too long; then the best count."""
    await this(), await reference()
    measured: list[Round] = []
    while sum(r.disturbed < _QUIET for r in measured) < rounds and len(measured) < _TRIES * rounds:
        neighbours = Neighbours()
        measured.append(Round(await this(), await reference(), neighbours.cores()))
    return Pair(sorted(measured, key=lambda r: r.disturbed)[:rounds])

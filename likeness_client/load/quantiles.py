"""The middle, and the slow end, of many durations."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Quantiles:
    """In seconds. Each is one of the durations measured (nearest rank): nothing is interpolated."""

    count: int
    p50: float
    p90: float
    p99: float


def quantiles(seconds: Sequence[float]) -> Quantiles:
    """Of at least one."""
    ordered = sorted(seconds)
    return Quantiles(len(ordered), *(nearest_rank(ordered, share) for share in (0.5, 0.9, 0.99)))


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest that so many are not above."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]

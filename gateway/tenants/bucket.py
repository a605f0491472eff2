"""A token bucket: so many calls at once, and so many a second in the long run."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket holds, and how fast it fills."""

    per_s: float
    burst: float

    def __post_init__(self) -> None:
        if self.per_s < 0 or self.burst < 1:
            raise ValueError("a rate is not negative, and at least one call fits")


class Bucket:
    """Full at first. `now` is any clock in seconds; one that steps back gives nothing and takes nothing."""

    __slots__ = ("_left", "_seen")

    def __init__(self, rate: Rate, now: float) -> None:
        self._left = rate.burst
        self._seen = now

    def take(self, rate: Rate, now: float) -> float:
        """0 if a call may go ahead, otherwise the seconds until one may, and nothing is taken."""
        self._fill(rate, now)
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / rate.per_s if rate.per_s else math.inf

    def give_back(self, rate: Rate) -> None:
        """What one call took, where it turns out not to count."""
        self._left = min(rate.burst, self._left + 1)

    def is_full(self, rate: Rate, now: float) -> bool:
        """Then it is as good as a new one."""
        self._fill(rate, now)
        return self._left >= rate.burst

    def _fill(self, rate: Rate, now: float) -> None:
        passed = max(0.0, now - self._seen)
        self._seen = max(self._seen, now)
        self._left = min(rate.burst, self._left + passed * rate.per_s)

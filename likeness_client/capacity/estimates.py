"""What several runs say together, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import fmean, stdev

# Student's t for 95 %, two-sided, by degrees of freedom from 1 on; beyond, the normal distribution's.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of the runs, and half the width of its 95 % confidence interval; None where one run says nothing of it."""

    mean: float
    half: float | None

    def holds(self, value: float) -> bool:
        return self.half is not None and abs(value - self.mean) <= self.half


def estimate(values: Sequence[float]) -> Estimate:
    """Of one value for each run. One that is infinite makes all of it so."""
    if inf in values:
        return Estimate(inf, None)
    if len(values) < 2:
        return Estimate(values[0], None)
    freedom = len(values) - 1
    student = _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else _NORMAL
    return Estimate(fmean(values), student * stdev(values) / sqrt(len(values)))

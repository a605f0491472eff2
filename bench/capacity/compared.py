"""Measured and predicted, side by side."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from random import Random

from bench.table import Row
from likeness_client.load.quantiles import nearest_rank

SEED = 11


def at_random(rate: float, count: int, seed: int = SEED) -> list[float]:
    """Moments that nothing has to do with one another: so many, at a rate by the second."""
    random, at = Random(seed), 0.0
    found: list[float] = []
    while len(found) < count:
        at += random.expovariate(rate)
        found.append(at)
    return found


def rows(what: str, measured: Sequence[float], predicted: Sequence[float], note: str = "") -> Iterator[Row]:
    """Mean, median and the slow end, in seconds. `this` is what was measured."""
    for name, of in (("mean", statistics.fmean), ("p50", _rank(0.5)), ("p95", _rank(0.95))):
        this, reference = of(measured), of(predicted)
        ratio = f"{this / reference:.2f}" if reference else ""
        yield Row(f"{what}, {name}", f"{this:.2f} s", f"{reference:.2f} s", ratio, note)


def _rank(share: float) -> Callable[[Sequence[float]], float]:
    return lambda values: nearest_rank(sorted(values), share)

"""How often a tenant may call, and how many of its calls may be open. Counted in this process."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from gateway.tenants.bucket import Bucket, Rate
from likeness_wire.errors import Exhausted

# Who may never call is told to ask again in an hour: what was agreed may have changed by then.
_LONGEST_WAIT_S = 3600.0
# For a call that waits for another one to end: nobody knows when that will be.
_OPEN_WAIT_S = 1.0
# More buckets than this, and those that are full are thrown away.
_BUCKETS = 1024


class Rates:
    """One bucket for every tenant that has called lately. For the loop's thread alone."""

    def __init__(
        self,
        calls_per_minute: int,
        burst: int,
        at_once: int,
        metrics: GatewayMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._usual = calls_per_minute
        self._burst = burst
        self._at_once = at_once
        self._metrics = metrics
        self._monotonic = monotonic
        self._buckets: dict[str, Bucket] = {}
        self._open: Counter[str] = Counter()

    @contextmanager
    def call(self, tenant: str, agreed_per_minute: int | None) -> Iterator[None]:
        """Around a call. Raises Exhausted with the time to wait."""
        if self._open[tenant] >= self._at_once:
            raise self._refused("at_once", f"{self._at_once} calls are open; wait for one to end", _OPEN_WAIT_S)
        wait_s = self._take(tenant, agreed_per_minute)
        if wait_s:
            raise self._refused("calls", "more calls than agreed", min(wait_s, _LONGEST_WAIT_S))
        self._open[tenant] += 1
        try:
            yield
        finally:
            self._open[tenant] -= 1
            if not self._open[tenant]:
                del self._open[tenant]

    def _take(self, tenant: str, agreed_per_minute: int | None) -> float:
        rate, now = self._rate(agreed_per_minute), self._monotonic()
        if tenant not in self._buckets:
            self._make_room(now)
            self._buckets[tenant] = Bucket(rate, now)
        return math.inf if rate.per_s == 0 else self._buckets[tenant].take(rate, now)

    def _rate(self, agreed_per_minute: int | None) -> Rate:
        """A tenant with a rate of its own has a burst in proportion."""
        per_minute = self._usual if agreed_per_minute is None else agreed_per_minute
        return Rate(per_minute / 60, max(1.0, self._burst * per_minute / self._usual))

    def _make_room(self, now: float) -> None:
        if len(self._buckets) >= _BUCKETS:
            usual = self._rate(None)
            self._buckets = {name: one for name, one in self._buckets.items() if not one.is_full(usual, now)}

    def _refused(self, limit: str, message: str, wait_s: float) -> Exhausted:
        self._metrics.limited.labels(limit).inc()
        return Exhausted(reasons.REASON_RATE_LIMITED, message, retry_after_s=wait_s)

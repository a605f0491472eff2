"""What callers whom nobody knows may cost.

Whether a token holds is only known after its signature was checked, which takes a thread. So each address may show only
so many that do not hold; whatever held lately is checked however many others came from the same address.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from likeness.common.v1 import reason_pb2 as reasons

from gateway.metrics import GatewayMetrics
from gateway.tenants.bucket import Bucket, Rate
from likeness_wire.errors import Exhausted

# Of one address: a fleet behind it whose tokens run out at the same moment is let in, guessing at length is not.
_WRONG = Rate(per_s=1.0, burst=60)
# Both are some hundred bytes an entry, and those used longest ago are forgotten first.
_MOST_ADDRESSES = 4096
_MOST_HELD = 16384


@dataclass(frozen=True, slots=True)
class Turned:
    """Counts whom it turns away."""

    metrics: GatewayMetrics

    def away(self, credential: str, wait_s: float) -> Exhausted:
        self.metrics.strangers_turned_away.labels(credential).inc()
        return Exhausted(reasons.REASON_RATE_LIMITED, "too many credentials that nobody knows", retry_after_s=wait_s)


class Strangers:
    """Addresses that showed tokens which did not hold, and tokens that did. For the loop's thread alone."""

    def __init__(self, turned: Turned, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._turned = turned
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._held: OrderedDict[bytes, None] = OrderedDict()

    @contextmanager
    def trying(self, token: str, address: str) -> Iterator["Trial"]:
        """Around the check of a token. Raises Exhausted instead, where too many from there did not hold."""
        digest = hashlib.sha256(token.encode()).digest()
        trial = Trial()
        if digest not in self._held:
            self._take(address)
        yield trial
        if trial.holds:
            self._remember(digest, address)
        else:
            self._held.pop(digest, None)

    def _take(self, address: str) -> None:
        now = self._monotonic()
        bucket = self._buckets.pop(address, None) or Bucket(_WRONG, now)
        self._buckets[address] = bucket
        _trim(self._buckets, _MOST_ADDRESSES)
        if wait_s := bucket.take(_WRONG, now):
            raise self._turned.away("token", wait_s)

    def _remember(self, digest: bytes, address: str) -> None:
        """What it took is given back: only those that do not hold count."""
        if digest not in self._held and address in self._buckets:
            self._buckets[address].give_back(_WRONG)
        self._held[digest] = None
        self._held.move_to_end(digest)
        _trim(self._held, _MOST_HELD)


@dataclass(slots=True)
class Trial:
    """How a check came out."""

    holds: bool = False


def _trim(entries: "OrderedDict[str, Bucket] | OrderedDict[bytes, None]", most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)

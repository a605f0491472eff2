"""Erasing what has ended: the key first, then the objects, then a look that nothing is there, then the receipt.

Every step may be done again, by whoever, after any crash. What fails is left for later; the receipt is the last thing
and says only what was seen.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from gateway.keys.store import KeyStore
from gateway.metrics import GatewayMetrics
from gateway.offload import Threads
from gateway.retention.calls import Calls
from gateway.retention.endings import Concluded, Endings
from gateway.storage.store import Store

# Threads that one round may occupy, of those that serve calls too.
_AT_ONCE = 8

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outcome:
    """What one round achieved."""

    concluded: list[Concluded] = field(default_factory=list)
    # Erased, but calls of them had not ended.
    waiting: set[str] = field(default_factory=set)
    key_failures: set[str] = field(default_factory=set)
    object_failures: set[str] = field(default_factory=set)

    def add(self, other: "Outcome") -> None:
        self.concluded += other.concluded
        self.waiting |= other.waiting
        self.key_failures |= other.key_failures
        self.object_failures |= other.object_failures


class Erasure:
    """Works on any number of holdings at once, all of which have ended."""

    def __init__(
        self,
        keys: KeyStore,
        store: Store,
        endings: Endings,
        calls: Calls,
        threads: Threads,
        metrics: GatewayMetrics,
    ) -> None:
        self._keys = keys
        self._store = store
        self._endings = endings
        self._calls = calls
        self._threads = threads
        self._metrics = metrics

    async def erase(self, holdings: Collection[str]) -> Outcome:
        """Raises where the job database does not answer; the stores' failures are in the outcome."""
        locked = await self._threads(self._without_key, holdings)
        # Asked before anything is removed: whoever is not at work by now adds nothing any more.
        waiting = await self._threads(self._calls.worked_on, locked)
        await self._threads(self._endings.calls_ended, locked - waiting)
        gone = await self._each(self._without_objects, locked)
        await self._threads(self._endings.objects_gone, gone)
        absent = await self._each(self._verified, gone)
        concluded = await self._threads(self._endings.conclude, absent - waiting)
        outcome = Outcome(concluded, waiting, set(holdings) - locked, locked - absent)
        await self._threads(self._endings.failed, outcome.key_failures | outcome.object_failures)
        await self._threads(self._endings.postpone, absent - {done.holding for done in concluded})
        self._count(outcome)
        return outcome

    def _without_key(self, holdings: Collection[str]) -> set[str]:
        try:
            self._keys.destroy(holdings)
        except Exception as error:
            _log.warning("keys could not be destroyed", exc_info=error)
            return set()
        self._endings.key_destroyed(holdings)
        return set(holdings)

    def _without_objects(self, holding: str) -> bool:
        self._store.remove(list(self._store.list(holding)))
        return True

    def _verified(self, holding: str) -> bool:
        return not any(self._store.list(holding))

    def _count(self, outcome: Outcome) -> None:
        self._metrics.receipts.inc(sum(done.receipt for done in outcome.concluded))
        for done in outcome.concluded:
            self._metrics.deletion_lag.observe(done.lag_ms / 1000)
        self._metrics.erase_failures.labels("key").inc(len(outcome.key_failures))
        self._metrics.erase_failures.labels("objects").inc(len(outcome.object_failures))

    async def _each(self, step: Callable[[str], bool], holdings: Collection[str]) -> set[str]:
        """Those for which the step was a success."""
        queue = list(holdings)
        shares = [queue[first::_AT_ONCE] for first in range(min(_AT_ONCE, len(queue)))]
        return set(
            itertools.chain(*await asyncio.gather(*(self._threads(_successes, step, share) for share in shares)))
        )


def _successes(step: Callable[[str], bool], holdings: Sequence[str]) -> list[str]:
    successes = []
    for holding in holdings:
        try:
            if step(holding):
                successes.append(holding)
        except Exception as error:  # whatever is wrong with one, the others have their deadlines too
            _log.warning("objects could not be removed", exc_info=error)
    return successes

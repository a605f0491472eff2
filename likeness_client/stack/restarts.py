"""Whether a part that died is started again, and after how long."""

import time
from collections.abc import Callable, Sequence

WAITS_S = (0.5, 2.0, 8.0)
# Deaths further apart than this have nothing to do with one another.
_WITHIN_S = 300.0


class Restarts:
    """Of one part: as many within five minutes as there are waits."""

    def __init__(self, waits_s: Sequence[float] = WAITS_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._waits_s = waits_s
        self._clock = clock
        self._deaths: list[float] = []

    def wait_s(self) -> float | None:
        """Counts a death. None: that was one too many."""
        now = self._clock()
        self._deaths = [*(then for then in self._deaths if now - then < _WITHIN_S), now]
        return self._waits_s[len(self._deaths) - 1] if len(self._deaths) <= len(self._waits_s) else None

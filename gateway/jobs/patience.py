"""How long a step goes on trying what may pass."""

from collections.abc import Callable

from likeness_wire.errors import TryAgain

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0


class Patience:
    """With one step. It begins with the first failure, and anew with the first one after something was achieved.

    A picture may wait for its turn for longer than anybody would wait for a service that is away.
    """

    def __init__(self, lasts_s: float, clock: Callable[[], float]) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._until: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def renew(self) -> None:
        """The step has come on: it told something that had not been told before."""
        self._until, self._pause_s = None, FIRST_PAUSE_S

    def pause_s(self, error: TryAgain) -> float:
        """Before the next attempt. Raises the error where patience has come to its end."""
        now = self._clock()
        if self._until is None:
            self._until = now + self._lasts_s
        pause_s = max(error.retry_after_s or 0.0, self._pause_s)
        if now + pause_s > self._until:
            raise error
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
        return pause_s

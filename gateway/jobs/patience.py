"""How long a step goes on trying what may pass."""

from collections.abc import Callable

from likeness_wire.errors import OutOfTime, TryAgain

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
# A step that ran for so long before it failed was not kept from running.
_A_WHILE_S = 60.0


class Patience:
    """With one step. It begins with its first failure, and anew with one after a while in which it came on.

    A picture may wait for its turn for longer than anybody would wait for a service that is away.
    """

    def __init__(self, lasts_s: float, clock: Callable[[], float]) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._began = clock()
        self._until: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def pause_s(self, error: TryAgain) -> float:
        """Before the next attempt. Raises the error where it has come to its end."""
        now = self._clock()
        # Time that ran out is time that was lost, however long it was.
        came_on = now - self._began > _A_WHILE_S and not isinstance(error, OutOfTime)
        if self._until is None or came_on:
            self._until, self._pause_s = now + self._lasts_s, FIRST_PAUSE_S
        pause_s = max(error.retry_after_s or 0.0, self._pause_s)
        if now + pause_s > self._until:
            raise error
        self._began, self._pause_s = now + pause_s, min(LONGEST_PAUSE_S, self._pause_s * 2)
        return pause_s

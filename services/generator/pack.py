"""The pictures of one call while they are in flight, and the one place that knows when the call has ended."""

import threading

from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import Cancelled
from services.generator.call import Call, Ended, Event, Rendered, Request
from services.generator.constants import Constants


class Pack:
    """Settled from two threads: the engine's, which drops pictures, and the finishing one, which delivers them."""

    def __init__(self, call: Call, constants: Constants, number: int) -> None:
        self.call = call
        self.constants = constants
        self.number = number
        """In order of arrival."""
        self.steps = sum(each.run_steps for each in call.request.passes)
        self._error: Exception | None = None
        self._left = len(call.request.pictures)
        self._lock = threading.Lock()

    @property
    def request(self) -> Request:
        return self.call.request

    @property
    def ended(self) -> bool:
        return self._left == 0

    @property
    def unwanted(self) -> bool:
        """Nobody waits for it any more, or it has failed as a whole."""
        return bool(self.call.stop)

    def fail(self, error: Exception) -> None:
        """The call as a whole. The engine drops its pictures at the next tick; the first error counts."""
        self._error = self._error or error
        self.call.stop.set()

    def emit(self, event: Event) -> None:
        if isinstance(event, Rendered):
            self.call.undelivered += 1
        if not self.unwanted:
            self.call.emit(event)

    def settle(self) -> None:
        """One of its pictures is out of the engine, whatever became of it. The last one ends the call."""
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            stopped = Cancelled(reasons.REASON_CANCELLED, "stopped on request") if self.call.stop else None
            self.call.emit(Ended(self._error or stopped))

"""Where the time of a call went, as every answer that did work reports it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf.duration_pb2 import Duration
from likeness.common.v1.work_pb2 import Timing

from services.common.admission import Ticket


class Stopwatch:
    """Collects the stages of one call, in the order they began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time inside to the stage."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - began)

    def add(self, name: str, seconds: float) -> None:
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def ticket(self, ticket: Ticket[Any]) -> None:
        """Adds what a lane measured: `queue`, and `execute` with everything it shared the run with."""
        self.add("queue", ticket.waited_s)
        self.add("execute", ticket.executed_s)

    def timings(self) -> list[Timing]:
        return [Timing(stage=stage, duration=_duration(seconds)) for stage, seconds in self._seconds.items()]


def timings(ticket: Ticket[Any]) -> list[Timing]:
    """The stages of a call that is one run of a lane."""
    watch = Stopwatch()
    watch.ticket(ticket)
    return watch.timings()


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(int(seconds * 1e9))
    return duration

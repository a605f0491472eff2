"""What answers say of time: where that of a call went, and how long it is going to wait."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from likeness.common.v1.work_pb2 import Accepted, Timing

from likeness_wire.times import span
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

    def add_all(self, seconds: Mapping[str, float]) -> None:
        for name, spent in seconds.items():
            self.add(name, spent)

    def ticket(self, ticket: Ticket[Any]) -> None:
        """Adds what a lane measured: `queue`, and `execute` with everything it shared the run with."""
        self.add("queue", ticket.waited_s)
        self.add("execute", ticket.executed_s)

    def timings(self) -> list[Timing]:
        return timings_of(self._seconds)


def timings(ticket: Ticket[Any]) -> list[Timing]:
    """The stages of a call that is one run of a lane."""
    watch = Stopwatch()
    watch.ticket(ticket)
    return watch.timings()


def timings_of(seconds: Mapping[str, float]) -> list[Timing]:
    """Of seconds by stage."""
    return [Timing(stage=stage, duration=span(spent)) for stage, spent in seconds.items()]


def accepted(ahead: int, estimate_s: float | None) -> Accepted:
    """What a call hears first: how many are before it, and for how long, if anybody can tell."""
    return Accepted(ahead=ahead, estimate=None if estimate_s is None else span(estimate_s))

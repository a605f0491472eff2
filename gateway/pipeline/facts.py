"""What was read of jobs a moment ago and never changes, for callers who ask again and again.

Numbers and choices only, of the kind that the job database holds anyway: events, facts of results, and what was asked
for where nobody wrote a word of it. No prompt, no free text, nothing of a face.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from likeness.gateway.v1.job_pb2 import Job, JobSpec
from likeness.gateway.v1.result_pb2 import Result

from gateway.jobs import port
from gateway.jobs.port import FINAL, Event
from gateway.pipeline.pack import Tally
from gateway.retention.holdings import Holding

# The job's row, its holding's and that of its photos.
Moment = tuple[port.Job, Holding, Holding | None]

_MOST_JOBS = 128
_UNUSED_S = 60.0


@dataclass(slots=True)
class Facts:
    """Of one job. Results are nameless, by number of their picture."""

    tally: Tally = field(default_factory=Tally)
    # Of the last event in the tally.
    offset: int = 0
    spec: JobSpec | None = None
    results: dict[int, Result] = field(default_factory=dict)
    used: float = 0.0
    _answered: tuple[Moment, Job] | None = None

    def hear(self, events: Iterable[Event]) -> None:
        """Each counts once, whoever else has heard it meanwhile."""
        for event in events:
            if event.offset > self.offset:
                self.tally.add(event)
                self.offset = event.offset

    def keep_spec(self, spec: JobSpec) -> None:
        if not any(order.free_text for order in spec.styles):
            self.spec = spec

    def keep_answer(self, moment: Moment, whole: Job) -> None:
        """Where the job has ended: it says the same for as long as its rows do."""
        if moment[0].state in FINAL and self.spec is not None:
            self._answered = moment, whole

    def answer(self, moment: Moment) -> Job | None:
        """What was said of that moment before; not to be changed."""
        if self._answered is None or self._answered[0] != moment:
            return None
        return self._answered[1]


class Remembered:
    """Facts of the jobs that were asked for within the last minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._facts: dict[str, Facts] = {}

    def of(self, job: str) -> Facts:
        """To be read and added to. Only for a job that was just found to live."""
        now = self._monotonic()
        # Longest unused first: that is the order they are in.
        while self._facts and now - next(iter(self._facts.values())).used > _UNUSED_S:
            self._let_one_go()
        facts = self._facts.pop(job, None) or Facts()
        facts.used = now
        self._facts[job] = facts
        if len(self._facts) > _MOST_JOBS:
            self._let_one_go()
        return facts

    def offset(self, job: str) -> int:
        """From where on events are news."""
        facts = self._facts.get(job)
        return facts.offset if facts else 0

    def forget(self, job: str) -> None:
        self._facts.pop(job, None)

    def __len__(self) -> int:
        return len(self._facts)

    def _let_one_go(self) -> None:
        del self._facts[next(iter(self._facts))]

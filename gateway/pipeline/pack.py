"""How a job is going and how it went, from its events alone. Pure: the same events make the same numbers."""

from collections.abc import Iterable, Sequence

from google.protobuf.duration_pb2 import Duration
from likeness.common.v1.identity_pb2 import TIER_LOCKED, Drift
from likeness.common.v1.work_pb2 import Timing
from likeness.gateway.v1.job_pb2 import DriftBin, PackMetrics, Progress, Stage, StyleProgress

from gateway.jobs.port import FINAL, Event, State
from gateway.pipeline.events import Changed, GivenUp, Judged, Kept, Staged, Told, told
from likeness_wire.times import span
from services.common.timings import timings_of

# Finer than the narrowest tier of any recogniser; what is beyond the last one is somebody else.
_BIN = 0.05
_BINS = 20


class Tally:
    """Counts while events come, in their order."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.wanted: tuple[int, ...] = ()
        self.upload = ""
        self.state = State.QUEUED
        self.stage: Stage = Stage.STAGE_UNSPECIFIED
        # Which photo stopped it.
        self.photo = ""
        self.tries: list[Judged] = []
        self.results: list[Kept] = []
        self.given_up: list[GivenUp] = []
        self._started: int | None = None
        for event in events:
            self.add(event)

    def add(self, event: Event) -> Told | None:
        """Returns what the event says."""
        said = told(event.body)
        match said:
            case Changed(state, wanted, upload):
                self.state, self.wanted, self.upload = state, wanted or self.wanted, upload or self.upload
                if state is State.RUNNING:
                    self._started = self._started or event.time
                if state in FINAL:
                    self.stage = Stage.STAGE_UNSPECIFIED
            case Staged(stage, photo):
                self.stage, self.photo = stage, photo
                if stage == Stage.STAGE_GENERATE:
                    # What came before is not done again for the pictures that are left.
                    self._started = event.time
            case Judged():
                self.tries.append(said)
            case Kept():
                self.results.append(said)
            case GivenUp():
                self.given_up.append(said)
        return said

    def best(self, numbers: Iterable[int] | None = None) -> Drift | None:
        """The nearest that any render came, of those pictures or of all."""
        chosen = None if numbers is None else set(numbers)
        drifts = [each.drift for each in self.tries if each.drift and (chosen is None or each.number in chosen)]
        return min(drifts, key=lambda drift: drift.value) if drifts else None

    def progress(self, now: int) -> Progress:
        """`now`: milliseconds by the clock of the events."""
        return Progress(
            wanted=sum(self.wanted),
            kept=len(self.results),
            given_up=len(self.given_up),
            tries=len(self.tries),
            estimate=self.estimate(now),
            styles=[self._style(index, wanted) for index, wanted in enumerate(self.wanted)],
        )

    def estimate(self, now: int) -> Duration | None:
        """Until the end, if the rest goes as what is done went. None while nothing is done, and after the end."""
        done = len(self.results) + len(self.given_up)
        if self._started is None or not done or self.state in FINAL:
            return None
        spent_ms, left = max(0, now - self._started), max(0, sum(self.wanted) - done)
        return span(spent_ms * left / done / 1000)

    def metrics(self) -> PackMetrics:
        kept, drifts = len(self.results), [each.drift.value for each in self.tries if each.drift]
        locked = sum(each.drift is not None and each.drift.tier == TIER_LOCKED for each in self.results)
        return PackMetrics(
            tries_per_kept=len(self.tries) / kept if kept else 0,
            lock_rate=locked / kept if kept else 0,
            drifts=_bins(drifts),
            unmeasured=len(self.tries) - len(drifts),
        )

    def timings(self) -> list[Timing]:
        """By stage, over all renders."""
        sums: dict[str, float] = {}
        for each in self.tries:
            for stage, seconds in each.timings.items():
                sums[stage] = sums.get(stage, 0.0) + seconds
        return timings_of(sums)

    def _style(self, index: int, wanted: int) -> StyleProgress:
        first = sum(self.wanted[:index])
        numbers = range(first, first + wanted)

        def count(of: Sequence[Judged] | Sequence[Kept] | Sequence[GivenUp]) -> int:
            return sum(each.number in numbers for each in of)

        return StyleProgress(
            style_index=index,
            wanted=wanted,
            kept=count(self.results),
            given_up=count(self.given_up),
            tries=count(self.tries),
            best=self.best(numbers),
        )


def _bins(drifts: Sequence[float]) -> list[DriftBin]:
    """Those that are not empty. The last one holds everything beyond."""
    counts: dict[int, int] = {}
    for drift in drifts:
        # The least bit of room: 0.15 / 0.05 is just below 3.
        place = min(_BINS, max(0, int(drift / _BIN + 1e-6)))
        counts[place] = counts.get(place, 0) + 1
    return [
        DriftBin(at_least=place * _BIN, below=(place + 1) * _BIN if place < _BINS else float("inf"), count=count)
        for place, count in sorted(counts.items())
    ]

"""How a job goes and went, counted from its events."""

from collections.abc import Mapping

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.identity_pb2 import TIER_LOCKED, TIER_STRONG, Drift
from likeness.common.v1.render_pb2 import Rendering
from likeness.gateway.v1.job_pb2 import STAGE_EMBED, STAGE_GENERATE
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, OUTCOME_REJECTED, Result, Try

from gateway.jobs.codec import encode
from gateway.jobs.port import Event, Json
from gateway.pipeline import events
from gateway.pipeline.pack import Tally
from services.common.timings import timings_of
from tests.gateway.pipeline.shop import spec

ID = "dlib-resnet-v1@0123456789abcdef/aligned-150"


class Log:
    """Events as a job's."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, note: events.Note, time: int = 0) -> None:
        encode(note.body)
        self.events.append(Event(len(self.events) + 1, time, note.key, note.body))

    def state(self, state: str, time: int = 0, about: Mapping[str, Json] | None = None) -> None:
        self.add(events.Note(f"state-{state}", {"kind": "state", "state": state} | dict(about or {})), time)

    def judged(self, number: int, attempt: int, drift: float | None, *, kept: bool = False, seconds: float = 1) -> None:
        record = Try(
            attempt=attempt,
            rendering=Rendering(seed=9),
            outcome=OUTCOME_KEPT if kept else OUTCOME_REJECTED,
            drift=None if drift is None else Drift(recogniser_id=ID, value=drift, tier=TIER_STRONG),
            timings=timings_of({"generate": seconds}),
        )
        self.add(events.judged(number, record))

    def kept(self, number: int, drift: float = 0.1, time: int = 0) -> None:
        tier = TIER_LOCKED if drift < 0.18 else TIER_STRONG
        result = Result(tries=1, seed=9, drift=Drift(recogniser_id=ID, value=drift, tier=tier))
        self.add(events.kept(number, result), time)


@pytest.fixture
def log() -> Log:
    """Of a job of three pictures in two orders that has begun."""
    log = Log()
    log.state("queued", about=events.begun(spec(2, 1, upload="tenants/a/uploads/u1")))
    log.state("running", time=1_000)
    return log


def test_a_job_is_counted_by_style(log: Log) -> None:
    """Kept, given up, tries, and the nearest of each."""
    log.judged(0, 1, 0.1, kept=True)
    log.kept(0)
    log.judged(1, 1, None)
    log.judged(2, 1, 0.5)
    log.judged(2, 2, 0.4)
    log.add(events.given_up(2, 2, 9, reasons.REASON_DRIFTED))
    progress = Tally(log.events).progress(now=5_000)

    assert (progress.wanted, progress.kept, progress.given_up, progress.tries) == (3, 1, 1, 4)
    first, second = progress.styles
    assert (first.wanted, first.kept, first.given_up, first.tries) == (2, 1, 0, 2)
    assert (second.wanted, second.kept, second.given_up, second.tries) == (1, 0, 1, 2)
    assert first.best == Drift(recogniser_id=ID, value=0.1, tier=TIER_STRONG)
    assert second.best.value == pytest.approx(0.4)


def test_what_is_left_is_expected_to_go_as_what_went(log: Log) -> None:
    """One of three in four seconds: eight more. None before the first, and none after the end."""
    assert Tally(log.events).estimate(5_000) is None
    log.kept(0, time=5_000)
    estimate = Tally(log.events).estimate(5_000)
    log.state("cancelled")

    assert estimate is not None
    assert estimate.ToMilliseconds() == 8_000
    assert Tally(log.events).estimate(5_000) is None


def test_the_time_before_the_first_picture_is_not_reckoned_with(log: Log) -> None:
    """Whatever the photos took: one of three in two seconds of rendering, four more."""
    log.add(events.staged(STAGE_GENERATE), time=3_000)
    log.kept(0, time=5_000)
    estimate = Tally(log.events).estimate(5_000)

    assert estimate is not None
    assert estimate.ToMilliseconds() == 4_000


def test_a_pack_is_measured_when_it_has_ended(log: Log) -> None:
    """Renders for each kept picture, how many are locked, and a histogram of drifts."""
    for number, drift in enumerate((0.149, 0.15, 0.29)):
        log.judged(number, 1, 2.0)
        log.judged(number, 2, drift, kept=True)
        log.kept(number, drift)
    log.judged(0, 3, None)
    metrics = Tally(log.events).metrics()

    assert metrics.tries_per_kept == pytest.approx(7 / 3)
    assert metrics.lock_rate == pytest.approx(2 / 3)
    assert metrics.unmeasured == 1
    bins = [(round(each.at_least, 2), round(each.below, 2), each.count) for each in metrics.drifts]
    assert bins == [(0.1, 0.15, 1), (0.15, 0.2, 1), (0.25, 0.3, 1), (1.0, float("inf"), 3)]


def test_a_pack_of_nothing_divides_by_nothing(log: Log) -> None:
    """All zero."""
    metrics = Tally(log.events).metrics()

    assert (metrics.tries_per_kept, metrics.lock_rate, len(metrics.drifts)) == (0, 0, 0)


def test_time_is_summed_by_stage(log: Log) -> None:
    """Over all renders."""
    log.judged(0, 1, 0.1, seconds=1.5)
    log.judged(1, 1, 0.1, seconds=2.0)
    (timing,) = Tally(log.events).timings()

    assert (timing.stage, timing.duration.ToMilliseconds()) == ("generate", 3_500)


def test_stages_and_the_photo_at_fault_are_told(log: Log) -> None:
    """And the stage is over with the job."""
    log.add(events.staged(STAGE_EMBED, "1"))
    tally = Tally(log.events)
    assert (tally.stage, tally.photo) == (STAGE_EMBED, "1")
    log.add(events.staged(STAGE_GENERATE))
    log.state("failed")
    assert Tally(log.events).stage == 0


def test_events_of_another_build_are_passed_over(log: Log) -> None:
    """They count as events all the same."""
    before = Tally(log.events).progress(0)
    log.add(events.Note("new", {"kind": "new"}))

    assert Tally(log.events).progress(0) == before


def test_a_recognisers_id_survives_the_job_database(log: Log) -> None:
    """It has a sign in it that the database does not take; what no build of ours would write is left out."""
    log.judged(0, 1, 0.25)
    (judged,) = Tally(log.events).tries
    assert judged.drift == Drift(recogniser_id=ID, value=0.25, tier=TIER_STRONG)

    odd = Drift(recogniser_id="a name with spaces", value=0.25, tier=TIER_STRONG)
    log.add(events.judged(1, Try(attempt=1, drift=odd)))
    assert Tally(log.events).tries[1].drift == Drift(value=0.25, tier=TIER_STRONG)

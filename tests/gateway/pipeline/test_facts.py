"""What is remembered of jobs for a moment: numbers and choices, no words."""

from likeness.gateway.v1.job_pb2 import JobSpec, StyleOrder

from gateway.jobs.port import Event
from gateway.pipeline.facts import Remembered


class HandClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_words_are_not_remembered() -> None:
    """A spec is, where nobody wrote one."""
    facts = Remembered().of("job")

    facts.keep_spec(JobSpec(styles=[StyleOrder(style="plain"), StyleOrder(style="plain", free_text="a red scarf")]))
    assert facts.spec is None

    facts.keep_spec(JobSpec(styles=[StyleOrder(style="plain")]))
    assert facts.spec is not None


def test_what_is_heard_twice_counts_once() -> None:
    """Two callers may have asked at the same moment."""
    remembered = Remembered()
    body = {"kind": "try", "number": 0, "attempt": 1, "seed": 1, "outcome": 1, "drift": None, "timings": {}}
    events = [Event(1, 0, "state-queued", {"kind": "state", "state": "queued"}), Event(2, 0, "try-0-1", body)]

    remembered.of("job").hear(events[:1])
    remembered.of("job").hear(events)
    remembered.of("job").hear(events)

    assert 2 == remembered.offset("job")
    assert 1 == len(remembered.of("job").tally.tries)
    assert 0 == remembered.offset("another")


def test_what_nobody_asks_for_is_let_go() -> None:
    """After a minute, and when there is too much of it; what is asked for again stays."""
    clock = HandClock()
    remembered = Remembered(clock)
    first = remembered.of("job-0")
    clock.now = 50
    remembered.of("job-1")
    clock.now = 100
    assert first is not remembered.of("job-0"), "forgotten in between"
    assert 2 == len(remembered)

    for number in range(300):
        remembered.of(f"job-{number + 2}")
    assert 128 == len(remembered)


def test_a_job_that_is_gone_leaves_nothing() -> None:
    """At once."""
    remembered = Remembered()
    remembered.of("job")

    remembered.forget("job")
    remembered.forget("job")

    assert 0 == len(remembered)

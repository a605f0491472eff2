"""How long a step goes on trying what may pass."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons

from gateway.jobs.patience import Patience
from likeness_wire.errors import Exhausted, OutOfTime, TryAgain, Unavailable

AWAY = Unavailable(reasons.REASON_PEER_UNAVAILABLE, "away")


class Time:
    """Passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.patience = Patience(600, lambda: self.now)

    def fails_after(self, seconds: float, error: TryAgain = AWAY) -> float:
        """The pause, which has passed then."""
        self.now += seconds
        pause_s = self.patience.pause_s(error)
        self.now += pause_s
        return pause_s


@pytest.fixture
def time() -> Time:
    return Time()


def test_pauses_grow_to_a_longest(time: Time) -> None:
    """And are as long as who is busy asks for."""
    assert [time.fails_after(1) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    assert time.fails_after(1, Exhausted(reasons.REASON_QUEUE_FULL, "busy", retry_after_s=30)) == 30


def test_it_begins_with_the_first_failure(time: Time) -> None:
    """A step that waited for its turn for an hour has all of it."""
    time.fails_after(3600)
    began = time.now
    with pytest.raises(Unavailable):
        while True:
            time.fails_after(5)

    assert 580 < time.now - began <= 605


def test_it_begins_anew_where_the_step_came_on(time: Time) -> None:
    """Troubles that have nothing to do with one another are not added up."""
    for _ in range(5):
        time.fails_after(500)
        time.patience.renew()
    assert time.fails_after(500) == 0.2


def test_time_that_was_lost_is_no_progress(time: Time) -> None:
    """A service that hangs until the deadline, each time, is given up."""
    late = OutOfTime(reasons.REASON_DEADLINE_EXCEEDED, "too late")
    time.fails_after(900, late)
    with pytest.raises(OutOfTime):
        time.fails_after(900, late)

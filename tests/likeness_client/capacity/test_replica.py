"""One replica, step by step."""

import pytest
from simpy import Environment
from simpy.events import ProcessGenerator

from likeness_client.capacity.replica import Replica, Visit
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.turns import Turn

# A step of one picture takes 1 s, of two 1.5 s.
PAIRS = Pace(alone_s=10.0, full_s=7.5, together=2, steps=10)
URGENT, BATCH = Turn(urgent=True), Turn(urgent=False)


class Table:
    """A replica, and what became of those that came to it."""

    def __init__(self, pace: Pace) -> None:
        self.env = Environment()
        self.replica = Replica(self.env, pace)
        self.visits: list[Visit] = []
        self.done_at: dict[Visit, float] = {}

    def come(self, at: float, turn: Turn = BATCH) -> None:
        self.env.process(self._come(at, turn))

    def _come(self, at: float, turn: Turn) -> ProcessGenerator:
        yield self.env.timeout(at)
        visit = Visit(self.env, turn, 1.0)
        self.visits.append(visit)
        self.replica.take(visit)
        yield visit
        self.done_at[visit] = self.env.now

    def times(self) -> list[tuple[float | None, float]]:
        """Began and ended, by when they came."""
        self.env.run()
        return [(visit.begun_at, self.done_at[visit]) for visit in self.visits]


def test_pictures_slow_one_another_down_as_long_as_they_sit_together() -> None:
    """The second joins after the first's third step; from then on steps take 1.5 s, and 1 s again at the end."""
    table = Table(PAIRS)
    table.come(0.0)
    table.come(2.4)

    assert [(0.0, 13.5), (3.0, 16.5)] == table.times()


def test_who_finds_no_seat_waits_until_somebody_leaves() -> None:
    """Batch pictures never take a seat from one another."""
    table = Table(PAIRS)
    for _ in range(3):
        table.come(0.0)

    assert [0.0, 0.0, 15.0] == [began for began, _ in table.times()]


def test_an_urgent_picture_waits_for_one_step_at_most() -> None:
    """One of the others is parked, and goes on where it was: its steps are not made again."""
    table = Table(PAIRS)
    for at in (0.0, 0.0):
        table.come(at)
    table.come(4.0, URGENT)
    first, second, urgent = table.times()

    assert (4.5, 19.5) == urgent
    assert (15.0, 23.5) == (first[1], second[1])
    assert (23.5, 43.0) == (table.replica.busy_s, table.replica.seat_s)


def test_urgent_pictures_do_not_park_one_another() -> None:
    """They wait for one another, and the others for all of them, though these were there before."""
    table = Table(PAIRS)
    table.come(0.0, URGENT)
    table.come(0.0)
    for _ in range(3):
        table.come(0.0, URGENT)

    assert [0.0, 30.0, 0.0, 15.0, 15.0] == [began for began, _ in table.times()]


def test_what_has_begun_is_ended_and_the_rest_is_handed_back() -> None:
    """A replica that is to go kills nothing."""
    table = Table(PAIRS)
    for _ in range(4):
        table.come(0.0)
    table.env.run(until=1.0)
    back = table.replica.end()
    table.env.run()

    assert table.visits[2:] == back
    assert table.visits[:2] == list(table.done_at)
    assert table.replica.emptied.triggered


def test_an_idle_replica_goes_at_once() -> None:
    """Nobody waits for it."""
    table = Table(PAIRS)

    assert [] == table.replica.end()
    assert table.replica.emptied.triggered


@pytest.mark.parametrize(("pictures", "seconds"), [(1, 1.75), (8, 10.4), (2, 2.9857)])
def test_a_batch_takes_what_lies_on_the_line(pictures: int, seconds: float) -> None:
    """From one alone to a full one."""
    assert seconds == pytest.approx(Pace(1.75, 1.30, 8, 30).render_s(pictures), abs=1e-3)


def test_a_full_batch_is_not_faster_than_one_picture() -> None:
    """Somebody mixed the two up."""
    with pytest.raises(ValueError, match="cannot be faster"):
        Pace(alone_s=10.0, full_s=1.0, together=8)

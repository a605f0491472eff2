"""How often a part is started again."""

from likeness_client.stack.restarts import Restarts


def test_a_part_that_keeps_dying_is_started_three_times_after_longer_and_longer_waits() -> None:
    """The fourth death within five minutes is the last."""
    restarts = Restarts(clock=lambda: 0.0)

    assert [0.5, 2.0, 8.0, None] == [restarts.wait_s() for _ in range(4)]


def test_deaths_of_long_ago_do_not_count() -> None:
    """One a day is bad luck, not a loop."""
    times = iter([0.0, 10.0, 20.0, 400.0])
    restarts = Restarts(clock=lambda: next(times))

    assert [0.5, 2.0, 8.0, 0.5] == [restarts.wait_s() for _ in range(4)]

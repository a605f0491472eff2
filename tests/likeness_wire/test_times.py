"""Points in time and spans as messages have them."""

import datetime as dt

from likeness_wire.times import instant, span


def test_milliseconds_since_1970_are_a_point_in_time() -> None:
    """To the millisecond."""
    expected = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000)

    assert expected == instant(1_767_323_045_678).ToDatetime()


def test_seconds_are_a_span() -> None:
    """To the nanosecond, nearest: floats are just below what they stand for as often as above."""
    assert (1, 250_000_000) == (span(1.25).seconds, span(1.25).nanos)
    assert 1_000_000 == span(1.001).nanos

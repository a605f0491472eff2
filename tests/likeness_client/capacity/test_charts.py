"""Lines over time."""

from likeness_client.capacity.charts import Axis, plot, stairs


def test_a_number_that_changes_is_a_staircase() -> None:
    """From what it was at the beginning, which becomes 0, to the end."""
    changes = [(0.0, 1.0), (5.0, 2.0), (20.0, 4.0), (99.0, 9.0)]

    assert [(0.0, 2.0), (10.0, 2.0), (10.0, 4.0), (30.0, 4.0)] == stairs(changes, 10.0, 40.0)


def test_lines_carry_the_names_of_their_colours() -> None:
    """The place that matters is marked, unless it lies outside."""
    lines = {"fixed": [(0.0, 0.0), (5.0, 10.0)]}
    inside = plot(lines, Axis(10, "s"), Axis(10, "GPUs"), mark=4.0)

    assert "var(--fixed)" in inside
    assert 1 == inside.count('class="mark"')
    assert 'class="mark"' not in plot(lines, Axis(10, "s"), Axis(10, "GPUs"), mark=11.0)

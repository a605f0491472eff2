"""Measurements by name."""

from bench.chosen import chosen
from bench.table import Row


def row(metric: str) -> Row:
    return Row(metric, "1", "", "", "")


async def later(*metrics: str) -> list[Row]:
    return [row(metric) for metric in metrics]


async def test_those_are_measured_whose_names_begin_so() -> None:
    """In their order, whether they answer at once or later, with one row or several; the others are not begun."""
    begun: list[str] = []

    def alone() -> Row:
        begun.append("one")
        return row("a")

    def left_out() -> Row:
        begun.append("two")
        return row("b")

    rows = await chosen({"one": alone, "two": left_out, "one_more": lambda: later("c", "d")}, "one")

    assert ["a", "c", "d"] == [each.metric for each in rows]
    assert ["one"] == begun


async def test_without_a_name_all_are_measured() -> None:
    """Nothing begins with more than everything."""
    rows = await chosen({"one": lambda: row("a"), "two": lambda: later("b")}, "")

    assert ["a", "b"] == [each.metric for each in rows]

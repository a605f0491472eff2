"""Two ways of doing the same, in turn."""

import pytest

from bench.abab import Pair, Round, abab


async def test_they_take_turns_and_the_first_of_each_is_not_counted() -> None:
    """Warm-up, then A B A B."""
    order: list[str] = []

    async def this() -> float:
        order.append("A")
        return float(len(order))

    async def reference() -> float:
        order.append("B")
        return float(len(order))

    pair = await abab(this, reference, 2)

    assert "".join(order) == "AB" * (len(order) // 2)
    assert len(pair.rounds) == 2
    assert all(this >= 3 and reference == this + 1 for this, reference, _ in pair.rounds)


def test_a_slow_minute_does_not_move_the_ratio() -> None:
    """Each round is compared with itself: twice the time stays twice the time."""
    pair = Pair([Round(2.0, 1.0, 0.0), Round(20.0, 10.0, 0.0), Round(2.0, 1.0, 0.0)])

    assert pair.ratio == 2.0
    assert pair.difference == pytest.approx(1.0)
    assert pair.medians == (2.0, 1.0)

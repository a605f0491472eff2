"""Who comes, and with which luck."""

from dataclasses import replace
from random import Random
from statistics import fmean

import pytest

from likeness_client.capacity.arrivals import arrivals, day_curve, fate, tries_a_picture
from likeness_client.capacity.scenario import Arrivals, Demand, Tries

DAY_S = 86_400.0


def test_as_many_come_as_were_announced() -> None:
    """Packs by the minute, and a single one with each; whoever looks at a spinner asked for one picture."""
    demand = Demand(packs_per_minute=2.0, pictures=4, singles_per_pack=1.0, tenants=3)
    orders = list(arrivals(demand, Tries(), Random(1), DAY_S))
    packs = [ordered for ordered in orders if not ordered.turn.urgent]

    assert 2880 == pytest.approx(len(packs), rel=0.06)
    assert 2880 == pytest.approx(len(orders) - len(packs), rel=0.06)
    assert {4} == {len(ordered.fates) for ordered in packs}
    assert {(1, False)} == {(len(each.fates), each.enlarged) for each in orders if each.turn.urgent}
    assert {0, 1, 2} == {ordered.turn.tenant for ordered in orders}
    assert sorted(ordered.at for ordered in orders) == [ordered.at for ordered in orders]


def test_a_day_has_a_curve() -> None:
    """Most come around eight in the evening, fewest twelve hours before; all together as many as at one rate."""
    demand = replace(Demand(), packs_per_minute=5.0, pictures=1, arrivals=Arrivals.DAILY, busiest=1.8)
    hours = [int(ordered.at // 3600) for ordered in arrivals(demand, Tries(), Random(1), DAY_S)]

    assert 5 * 2 * 1440 == pytest.approx(len(hours), rel=0.03)
    assert 1.8 == pytest.approx(hours.count(20) / 600, rel=0.15)
    assert 0.2 == pytest.approx(hours.count(8) / 600, abs=0.08)
    assert 1.0 == pytest.approx(fmean(day_curve(60.0 * minute, 1.8) for minute in range(1440)))


@pytest.mark.parametrize("enlarged", [True, False])
def test_tries_come_to_what_their_formula_says(enlarged: bool) -> None:
    """And some pictures are given up."""
    tries = Tries(accepted=0.6, most=3, kept_enlarged=0.8)
    random = Random(1)
    fates = [fate(tries, random, enlarged=enlarged) for _ in range(20_000)]
    renders = fmean(len(each.rejected) + each.kept for each in fates)
    kept = 0.6 * (0.8 if enlarged else 1.0)

    assert tries_a_picture(tries, enlarged=enlarged) == pytest.approx(renders, rel=0.02)
    assert (1 - kept) ** 3 == pytest.approx(fmean(not each.kept for each in fates), rel=0.06)
    assert enlarged is any(True in each.rejected for each in fates)

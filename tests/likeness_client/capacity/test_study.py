"""The search for the smallest fleet, and what surrounds it."""

from dataclasses import replace
from math import inf

import pytest

from likeness_client.capacity.answer import answered
from likeness_client.capacity.estimates import estimate
from likeness_client.capacity.figures import figures, share_in_time
from likeness_client.capacity.page import page
from likeness_client.capacity.rows import notes, verdict, ways
from likeness_client.capacity.scenario import Promise, Scenario
from likeness_client.capacity.scenario_file import with_wishes
from likeness_client.capacity.simulation import Size
from likeness_client.capacity.study import Effort, Study, fewest
from likeness_client.failure import CommandFailed

# Small enough for tests: packs of six, enough of them to be late where there are too few GPUs.
SMALL = with_wishes(
    Scenario(), ["demand.packs_per_minute=12", "demand.pictures=6", "demand.singles_per_pack=0.5", "slo.seconds=20"]
)
SHORT = Effort(runs=2, hours=0.25)


@pytest.mark.parametrize("needed", [1, 2, 7, 8, 30, 64])
@pytest.mark.parametrize("guess", [1, 8, 40, 100])
def test_the_fewest_that_are_enough(needed: int, guess: int) -> None:
    """Wherever the search begins; none where even all of them are not enough."""
    probes: list[int] = []

    def enough(count: int) -> bool:
        probes.append(count)
        return count >= needed

    assert needed == fewest(enough, guess, 64)
    assert len(set(probes)) == len(probes) <= 16
    assert None is fewest(lambda count: False, guess, 64)


def test_the_fleet_that_is_found_is_the_smallest() -> None:
    """It keeps the promise in all runs together, and one generator fewer does not."""
    study = Study(SMALL, SHORT)
    size = study.smallest()
    assert size is not None
    fewer = replace(size, generators=size.generators - 1)

    assert share_in_time(study.fixed(size), SMALL.slo) >= 0.95
    assert not study.keeps(fewer)
    assert size.generators >= 2


def test_the_runs_that_are_shown_keep_the_promise() -> None:
    """Also where the two that the search asks were luckier than all five together."""
    study = Study(SMALL, Effort(runs=5, hours=0.15, seed=1))
    size = study.smallest()
    assert size is not None
    fewer = replace(size, generators=size.generators - 1)

    assert study.keeps(fewer)
    assert share_in_time(study.fixed(fewer), SMALL.slo) < 0.95 <= share_in_time(study.fixed(size), SMALL.slo)


def test_what_is_promised_decides() -> None:
    """A first picture within that time needs fewer than all of them."""
    first = replace(SMALL, slo=replace(SMALL.slo, of=Promise.FIRST))
    whole_size, first_size = Study(SMALL, SHORT).smallest(), Study(first, SHORT).smallest()

    assert whole_size is not None
    assert first_size is not None
    assert first_size.generators < whole_size.generators


def test_what_can_not_be_is_said() -> None:
    """No number of GPUs makes a picture faster than it is alone."""
    hasty = with_wishes(SMALL, ["slo.seconds=2", "demand.packs_per_minute=1"])

    with pytest.raises(CommandFailed, match="no number of generators has 95%"):
        answered(Study(hasty, Effort(runs=1, hours=0.1)))


def test_limits_of_yours_are_kept_to() -> None:
    """And what they come to is said, not kept as it may be."""
    answer = answered(Study(with_wishes(SMALL, ["generator.most=1"]), Effort(runs=1, hours=0.1)))

    assert (False, 1) == (answer.kept, answer.size.generators)
    assert verdict(answer).startswith("Not kept: 1 generator and")
    assert "never" in {name: fixed for name, fixed, *_ in ways(answer)}["pack ready, p50 / p95 / p99"]


def test_zero_is_simulated_where_it_is_reached() -> None:
    """A pack an hour leaves time to go there; it then costs less, and the first pictures come later."""
    rare = with_wishes(SMALL, ["demand.packs_per_minute=0.02", "slo.seconds=200"])
    answer = answered(Study(rare, Effort(runs=2, hours=30)))
    fixed, _, zero = (way.figures for way in answer.ways)

    assert answer.goes_to_zero
    assert zero.usd_a_month.mean < 0.6 * fixed.usd_a_month.mean
    assert zero.first_picture.p95.mean > fixed.first_picture.p95.mean + 100


def test_one_answer_for_terminal_page_and_programs() -> None:
    """Every way has its column, every assumption its origin, and JSON has no infinity."""
    answer = answered(Study(SMALL, Effort(runs=2, hours=0.15)))
    html, told = page(answer), answer.as_json()

    assert not answer.goes_to_zero
    assert {3} == {len(row) for row in ways(answer)}
    assert [] != list(notes(answer))
    assert ["fixed", "autoscaled"] == list(told["ways"])
    assert told["fixed"]["generators"] == answer.size.generators
    for word in ("Nothing of this was measured on a GPU", "generator.full_s", "goal", "<polyline", "maxReplicaCount"):
        assert word in html


def test_an_interval_is_student_s() -> None:
    """Five runs: 2.776 standard errors. What never came has none."""
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])

    assert (3.0, pytest.approx(1.963, abs=1e-3)) == (found.mean, found.half)
    assert (inf, None) == (estimate([1.0, inf]).mean, estimate([1.0, inf]).half)
    assert estimate([7.0]).half is None


def test_all_fleets_meet_the_same_people() -> None:
    """So that what differs is the fleet."""
    study = Study(SMALL, SHORT)
    one, other = study.fixed(Size(3, 1, 4))[0], study.scaled(Size(4, 1, 4))[0]

    assert [job.ordered for job in one.jobs] == [job.ordered for job in other.jobs]
    assert figures(SMALL, [one]).cents_a_picture != figures(SMALL, [other]).cents_a_picture

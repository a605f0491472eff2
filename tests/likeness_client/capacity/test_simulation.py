"""The whole system: what comes leaves, in the right order, at the right price."""

from dataclasses import replace
from random import Random

import pytest

from likeness_client.capacity.arrivals import Ordered, arrivals, tries_a_picture
from likeness_client.capacity.figures import cents_a_picture, usd_an_hour
from likeness_client.capacity.scenario import Scenario
from likeness_client.capacity.simulation import Simulation, Size, Span
from tests.likeness_client.capacity.orders import (
    GIVEN_UP,
    GOOD,
    REJECTED_ENLARGED,
    REJECTED_ONCE,
    by_arrival,
    pack,
    run,
    simulation,
    single,
)

HOUR_S = 3600.0
FEW = Scenario()
FEW = replace(FEW, demand=replace(FEW.demand, packs_per_minute=1.0, pictures=10))
LIMITED = replace(
    FEW,
    generator=replace(FEW.generator, most=8),
    upscaler=replace(FEW.upscaler, most=4),
    gateway=replace(
        FEW.gateway,
        gateways=2,
        pictures_at_once=24,
        generator_places=32,
        upscaler_places=8,
        verifier_places=8,
    ),
)


def an_hour(scenario: Scenario) -> list[Ordered]:
    return list(arrivals(scenario.demand, scenario.tries, Random(3), HOUR_S))


@pytest.mark.parametrize("scaled", [False, True])
def test_what_comes_leaves(scaled: bool) -> None:
    """Every job ends once; every picture is kept or given up after as many renders as its fate has, and nothing is
    enlarged or measured but those."""
    orders = an_hour(LIMITED)
    running = simulation(LIMITED, Size(1, 1, 2), 3 * HOUR_S, scaled=scaled)
    outcome = running.run(orders)
    fates = [fate for ordered in orders for fate in ordered.fates]
    renders = sum(len(fate.rejected) + fate.kept for fate in fates)
    enlarged = sum(sum(fate.rejected) + (fate.kept and each.enlarged) for each in orders for fate in each.fates)

    assert len(orders) == len(outcome.jobs)
    assert sum(fate.kept for fate in fates) == outcome.kept == sum(job.kept for job in outcome.jobs)
    assert renders == sum(job.renders for job in outcome.jobs) == outcome.fleets["generator"].done
    assert enlarged == outcome.fleets["upscaler"].done
    assert all(job.ordered.at < job.begun_at < job.ended_at < 3 * HOUR_S for job in outcome.jobs)


def test_jobs_there_are_those_that_come_times_how_long_they_stay() -> None:
    """Little's law, exactly, from empty to empty."""
    outcome = run(LIMITED, an_hour(LIMITED), Size(1, 1, 2), 3 * HOUR_S)

    assert outcome.in_system * 3 * HOUR_S == pytest.approx(sum(job.whole_s for job in outcome.jobs))


def test_the_generator_works_as_long_as_its_pictures_need() -> None:
    """Seconds at work lie between those of full batches and those of pictures alone."""
    outcome = run(LIMITED, an_hour(LIMITED), Size(2, 1, 2), 3 * HOUR_S)
    count, pace = outcome.fleets["generator"], LIMITED.generator.pace
    worked_s = count.busy * count.mean * 3 * HOUR_S

    assert count.done * pace.full_s <= worked_s <= count.done * pace.alone_s
    assert 1 < count.seats < pace.together


def test_one_picture_alone_takes_the_sum_of_its_stages() -> None:
    """Rendered, measured, enlarged, measured again, finished."""
    (job,) = run(FEW, [pack(1.0, GOOD)], Size(1, 1, 1)).jobs
    expected = 1.0 + 1.75 + 2 * 0.25 + 0.15 + 0.08

    assert expected == pytest.approx(job.whole_s)
    assert (expected, 1.0) == (pytest.approx(job.first_s), pytest.approx(job.wait_s))


@pytest.mark.parametrize(
    ("fate", "kept", "more_s"),
    [
        (REJECTED_ONCE, 1, 1.75 + 0.25),
        (REJECTED_ENLARGED, 1, 1.75 + 0.25 + 0.15 + 0.25),
        (GIVEN_UP, 0, 3 * (1.75 + 0.25) - 0.15 - 0.25 - 0.08),
    ],
)
def test_what_is_rejected_is_rendered_again(fate: object, kept: int, more_s: float) -> None:
    """And enlarged again only if it was rejected after that; what is given up is neither enlarged nor finished."""
    (good,) = run(FEW, [pack(1.0, GOOD)], Size(1, 1, 1)).jobs
    (job,) = run(FEW, [pack(1.0, fate)], Size(1, 1, 1)).jobs  # type: ignore[arg-type]

    assert good.whole_s + more_s == pytest.approx(job.whole_s)
    assert kept == job.kept


def test_somebody_who_looks_at_a_spinner_never_waits_behind_packs() -> None:
    """Though every seat, every place and every hand is a pack's: one picture's end at most, then one step."""
    orders = [pack(0.0, *[GOOD] * 50), pack(0.1, *[GOOD] * 50), *(single(20.0 + 7 * number) for number in range(5))]
    outcome = run(LIMITED, orders, Size(1, 1, 2))
    singles = [job for job in outcome.jobs if job.ordered.turn.urgent]
    packs_end = [job.ended_at for job in outcome.jobs if not job.ordered.turn.urgent]

    step_s = LIMITED.generator.pace.render_s(8) / LIMITED.generator.steps
    assert all(job.wait_s <= 1.0 + step_s + 1e-6 for job in singles)
    assert all(job.ended_at < min(packs_end) for job in singles)


def test_tenants_take_turns() -> None:
    """A small pack of another is not behind all of a large one; of the same tenant it is."""
    large = pack(0.0, *[GOOD] * 100)
    other = by_arrival(run(LIMITED, [large, pack(1.0, GOOD, tenant=1)], Size(1, 1, 2)))
    same = by_arrival(run(LIMITED, [large, pack(1.0, GOOD, tenant=0)], Size(1, 1, 2)))

    assert other[1].whole_s < 0.6 * same[1].whole_s
    assert same[1].ended_at == pytest.approx(same[0].ended_at, abs=20)


def test_a_pack_is_spread_over_idle_replicas() -> None:
    """Fifty pictures on eight GPUs take about as long as seven on one."""
    (spread,) = run(FEW, [pack(0.0, *[GOOD] * 48)], Size(8, 4, 8)).jobs
    (alone,) = run(FEW, [pack(0.0, *[GOOD] * 48)], Size(1, 4, 8)).jobs

    assert spread.whole_s < alone.whole_s / 4


def test_scaling_down_kills_nothing() -> None:
    """After a rush there are fewer, what they had begun was ended, and each was paid for until then."""
    orders = [pack(0.0, *[GOOD] * 100), *(pack(200.0 + 4.3 * number, *[GOOD] * 3) for number in range(400))]
    outcome = run(LIMITED, orders, Size(1, 1, 2), 4000.0, scaled=True)
    count = outcome.fleets["generator"]

    assert count.most > 3
    assert count.history[-1][1] < count.most
    assert count.longest_drain_s > 0
    assert {True} == {job.kept == len(job.ordered.fates) == job.renders for job in outcome.jobs}


def test_a_cold_start_is_waited_for() -> None:
    """From zero the first picture waits for a look and for the longer of two starts, which go on side by side."""
    scenario = replace(
        LIMITED, generator=replace(LIMITED.generator, least=0), upscaler=replace(LIMITED.upscaler, least=0)
    )
    alone, enlarged = (
        run(scenario, [each], Size(0, 0, 2), scaled=True).jobs[0] for each in (single(5.0), pack(5.0, GOOD))
    )

    assert 120 < enlarged.wait_s < 120 + 2 * 15 + 1 + 5
    assert alone.wait_s == pytest.approx(enlarged.wait_s)
    assert enlarged.whole_s - enlarged.wait_s == pytest.approx(1.75 + 2 * 0.25 + 0.15 + 0.08)


def test_as_deployed_hands_bound_what_the_autoscaler_sees() -> None:
    """48 pictures at work ask for six replicas of eight, however many wait behind them."""
    orders = [pack(float(number), *[GOOD] * 50) for number in range(16)]
    outcome = run(LIMITED, orders, Size(1, 2, 4), 2000.0, scaled=True)

    assert 48 == outcome.most_hands
    assert 6 == outcome.fleets["generator"].most


def test_a_picture_costs_what_its_gpus_cost() -> None:
    """By the hour, from begin to end, busy or not: two generators and an upscaler for an hour."""
    scenario = replace(FEW, upscaler=replace(FEW.upscaler, usd_per_hour=1.0))
    outcome = run(scenario, [pack(0.0, *[GOOD] * 10)], Size(2, 1, 2), HOUR_S)

    assert 7.0 == pytest.approx(usd_an_hour(scenario, outcome))
    assert 70.0 == pytest.approx(cents_a_picture(scenario, outcome))


def test_gpus_that_are_never_idle_cost_what_arithmetic_says() -> None:
    """1.45 s of them at 3 dollars an hour are 0.12 cents: the published line for this pace."""
    scenario = replace(FEW, tries=replace(FEW.tries, accepted=1.0, kept_enlarged=1.0))
    busy_s = scenario.generator.pace.best_s + scenario.upscaler.pace.best_s

    assert 0.12 == pytest.approx(busy_s * 3.0 / 3600 * 100, abs=0.001)
    assert 1.0 == tries_a_picture(scenario.tries, enlarged=True)


def test_places_bound_what_is_sent() -> None:
    """Three of a gateway leave five seats of a replica empty; the rest of the pack waits its turn and is made."""
    scenario = replace(FEW, gateway=replace(FEW.gateway, gateways=1, generator_places=3))
    outcome = run(scenario, [pack(0.0, *[GOOD] * 30)], Size(1, 1, 4))

    assert 2.5 < outcome.fleets["generator"].seats <= 3.0
    assert 30 == outcome.kept


def test_what_was_before_the_time_that_counts_does_not_count() -> None:
    """Neither its jobs, nor what was made, begun and worked: two packs before, one within, one that comes after."""
    before, within, after = [pack(0.0, GOOD), pack(60.0, GOOD)], [pack(700.0, GOOD)], [pack(1700.0, GOOD)]
    span = Span(600.0, 1600.0)
    outcome = Simulation(LIMITED, Size(1, 1, 2), span, seed=1, scaled=True).run([*before, *within, *after])
    (only,) = run(LIMITED, within, Size(1, 1, 2)).jobs
    count = outcome.fleets["generator"]

    assert [only.whole_s] == [pytest.approx(job.whole_s) for job in outcome.jobs]
    assert (1, 1, 0, 1.0) == (outcome.kept, count.done, count.starts, count.mean)
    assert 1.75 / 1000 == pytest.approx(count.busy)
    assert only.whole_s / 1000 == pytest.approx(outcome.in_system)


def test_the_same_seed_is_the_same_day() -> None:
    """To the last digit."""
    first, again = (run(LIMITED, an_hour(LIMITED), Size(1, 1, 2), 2 * HOUR_S, scaled=True) for _ in range(2))

    assert [job.ended_at for job in first.jobs] == [job.ended_at for job in again.jobs]
    assert first.fleets == again.fleets

"""Replicas that come and go, who pays for them, and what becomes of their work."""

from random import Random

import pytest
from simpy import Environment

from likeness_client.capacity.fleet import Fleet, Level
from likeness_client.capacity.replica import Visit
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.service import Service
from likeness_client.capacity.turns import Turn

ONE_AT_A_TIME = Pace(alone_s=10.0, full_s=10.0, together=1)
COLD_START_S = 30.0
BATCH = Turn(urgent=False)


@pytest.fixture
def env() -> Environment:
    return Environment()


@pytest.fixture
def fleet(env: Environment) -> Fleet:
    return Fleet(env, ONE_AT_A_TIME, COLD_START_S)


@pytest.fixture
def service(env: Environment, fleet: Fleet) -> Service:
    return Service(env, fleet, ONE_AT_A_TIME, float("inf"), Random(1))


def test_a_replica_is_paid_for_from_its_begin_to_the_end_of_its_drain(
    env: Environment, fleet: Fleet, service: Service
) -> None:
    """It serves after its cold start; told to go while it works, it costs until that is done."""
    service.grow(1)
    visit = service.serve(BATCH)
    env.run(until=COLD_START_S + 4)
    service.shrink(1)
    gone = fleet.size
    env.run()
    fleet.paid.settle(env.now)

    assert (COLD_START_S, True) == (visit.begun_at, visit.processed)
    assert (0, 1) == (gone, fleet.starts)
    assert COLD_START_S + 10 == pytest.approx(fleet.paid.area)
    assert 6.0 == pytest.approx(fleet.longest_drain_s)


def test_what_a_replica_had_not_begun_is_sent_to_others(env: Environment, fleet: Fleet, service: Service) -> None:
    """Nothing is lost, and nothing is made twice."""
    fleet.warm(2)
    visits = [service.serve(BATCH) for _ in range(6)]
    env.run(until=1.0)
    service.shrink(1)
    env.run()

    assert all(visit.processed for visit in visits)
    assert (6, 0, 0) == (service.done, service.sent, service.outstanding)
    assert 50.0 == env.now


def test_what_has_not_started_goes_first(env: Environment, fleet: Fleet, service: Service) -> None:
    """Kubernetes ends pods that are not ready before those that are; a start that was given up serves nobody."""
    fleet.warm(1)
    service.grow(2)
    service.shrink(2)
    env.run()

    assert (1, 1, 1) == (fleet.size, len(fleet.serving), fleet.paid.value)


def test_callers_take_turns_whoever_is_busy(env: Environment, fleet: Fleet, service: Service) -> None:
    """Three replicas, four pictures: one of them gets two."""
    fleet.warm(3)
    visits: list[Visit] = [service.serve(BATCH) for _ in range(4)]
    env.run()

    assert [0.0, 0.0, 0.0, 10.0] == sorted(visit.begun_at or 0.0 for visit in visits)


def test_nobody_is_there_until_somebody_serves(env: Environment, fleet: Fleet, service: Service) -> None:
    """Who waits for that is seen by the autoscaler."""
    arrival = service.there()
    missed = service.outstanding
    service.grow(1)
    env.run()

    assert (1, True, 0) == (missed, arrival.processed, service.outstanding)
    assert service.there().triggered


def test_a_level_is_averaged_over_time() -> None:
    """From the moment on at which counting begins."""
    level = Level()
    level.set(0.0, 4.0)
    level.restart(10.0)
    level.set(20.0, 1.0)
    level.settle(40.0)

    assert (10 * 4.0 + 20 * 1.0, 4.0) == (level.area, level.most)

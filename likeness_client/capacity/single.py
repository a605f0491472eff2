"""One service by itself, for comparing it with a formula or with something real."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from simpy import Environment
from simpy.events import ProcessGenerator

from likeness_client.capacity.fleet import Fleet
from likeness_client.capacity.replica import Visit
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.service import Service
from likeness_client.capacity.turns import Turn

# So that who comes joins at once: of a server that works step by step, a step is then nothing.
FINE_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Served:
    """Seconds of one that came: until its work began, and until it was done."""

    at: float
    wait_s: float
    whole_s: float


def served(pace: Pace, ats: Iterable[float], random: Random, *, replicas: int = 1) -> Sequence[Served]:
    """All who came, in that order, until the last one is done."""
    env = Environment()
    fleet = Fleet(env, pace)
    fleet.warm(replicas)
    service = Service(env, fleet, pace, float("inf"), random)
    found: list[Served] = []

    def one() -> ProcessGenerator:
        visit: Visit = service.serve(Turn(urgent=False))
        yield visit
        found.append(Served(visit.asked_at, visit.waited_s, env.now - visit.asked_at))

    def all_of_them() -> ProcessGenerator:
        for at in ats:
            yield env.timeout(at - env.now)
            env.process(one())

    env.process(all_of_them())
    env.run()
    return sorted(found, key=lambda each: each.at)

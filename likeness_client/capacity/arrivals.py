"""When jobs come, and what will become of their pictures: drawn before anything runs, so that every fleet that is
compared meets the same people with the same luck."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi
from random import Random

from likeness_client.capacity.scenario import Arrivals, Demand, Tries
from likeness_client.capacity.turns import Turn

_DAY_S = 86_400.0
_MINUTE_S = 60.0
# Of a day: most comes at eight in the evening.
_BUSIEST = 20 / 24


@dataclass(frozen=True, slots=True)
class Fate:
    """Of one picture: renders that are rejected, those among them that are rejected only when enlarged, and whether it
    is kept in the end."""

    rejected: tuple[bool, ...]
    """One for each rejected render: whether it was enlarged before."""
    kept: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """One job that comes."""

    at: float
    turn: Turn
    enlarged: bool
    fates: tuple[Fate, ...]


def arrivals(demand: Demand, tries: Tries, random: Random, until_s: float) -> Iterator[Ordered]:
    """Packs and singles, in order."""
    busiest = demand.busiest if demand.arrivals is Arrivals.DAILY else 1.0
    rate = demand.packs_per_minute * (1 + demand.singles_per_pack) * busiest / _MINUTE_S
    at = random.expovariate(rate)
    while at < until_s:
        if busiest == 1.0 or random.random() * busiest < day_curve(at, busiest):
            yield _ordered(at, demand, tries, random)
        at += random.expovariate(rate)


def day_curve(at: float, busiest: float) -> float:
    """The rate at a time of the day, by the day's mean. It begins at midnight."""
    return 1 + (busiest - 1) * cos(2 * pi * (at / _DAY_S - _BUSIEST))


def _ordered(at: float, demand: Demand, tries: Tries, random: Random) -> Ordered:
    pack = random.random() * (1 + demand.singles_per_pack) < 1
    tenant = random.randrange(demand.tenants)
    enlarged = pack and demand.enlarged
    fates = tuple(fate(tries, random, enlarged=enlarged) for _ in range(demand.pictures if pack else 1))
    return Ordered(at, Turn(urgent=not pack, tenant=tenant), enlarged, fates)


def fate(tries: Tries, random: Random, *, enlarged: bool) -> Fate:
    rejected: list[bool] = []
    while len(rejected) < tries.most:
        if random.random() >= tries.accepted:
            rejected.append(False)
        elif enlarged and random.random() >= tries.kept_enlarged:
            rejected.append(True)
        else:
            return Fate(tuple(rejected), kept=True)
    return Fate(tuple(rejected), kept=False)


def tries_a_picture(tries: Tries, *, enlarged: bool) -> float:
    """Renders, on average."""
    kept = tries.accepted * (tries.kept_enlarged if enlarged else 1.0)
    return sum((1 - kept) ** number for number in range(tries.most))

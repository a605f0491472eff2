"""Scripts for the verifier: what it is to say of a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from likeness.verifier.v1.verifier_pb2 import Status

from gateway.pipeline.seeds import seed_of
from tests.stand_ins.renders import Render


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture before the verifier. `render` is None for one that no stand-in rendered."""

    render: Render | None
    enlarged: bool
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class NoDrift:
    """Why there is no number."""

    status: Status


Verdict: TypeAlias = float | NoDrift
Script: TypeAlias = Callable[[Sight], Verdict]


def always(verdict: Verdict) -> Script:
    return lambda sight: verdict


def by_seed(verdicts: Mapping[int, Verdict], otherwise: Verdict = 0.1) -> Script:
    """Of the picture with that seed."""
    return lambda sight: otherwise if sight.render is None else verdicts.get(sight.render.seed, otherwise)


def by_try(order_seed: int, verdicts: Mapping[tuple[int, int], Verdict], otherwise: Verdict = 0.1) -> Script:
    """Of picture (from 0) and try (from 1) of the order with that seed."""
    seeds = {seed_of(order_seed, picture, attempt): verdict for (picture, attempt), verdict in verdicts.items()}
    return by_seed(seeds, otherwise)

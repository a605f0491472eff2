"""How long somebody waits for a seat, and how soon one is free: counted in steps, so that no clock is involved."""

import random
from statistics import median

from bench.generator.rig import Rig, request, rig
from bench.generator.steps import Stopped
from bench.table import Row
from services.generator.call import Event, Stepped
from services.generator.loading import Models

_SIZES = ((64, 64), (128, 64), (64, 128))


def joining(models: Models, rounds: int) -> list[Row]:
    """Single pictures that come at random among packs of several sizes: steps of others until their own first one."""
    dice = random.Random(0)
    waits: list[int] = []
    with rig(models, backend=Stopped()) as made:
        for pack in range(6):
            made.start(request(range(50), who=pack, steps=40, size=_SIZES[pack % 3]))
        for single in range(60 * rounds):
            for _ in range(dice.randrange(12)):
                made.engine.tick()
            waits.append(_steps_until_first(made, single, dice.choice(_SIZES)))
    middle, worst = median(waits), sorted(waits)[int(0.99 * len(waits))]
    return [
        _counted("steps before a single picture's first, median", middle, 1, "≤ 1"),
        _counted("… 99th percentile", worst, 2, "≤ 2"),
    ]


def leaving(models: Models) -> Row:
    """A pack is cancelled in mid-step: steps it still makes."""
    with rig(models, backend=Stopped()) as made:
        call, events = made.start(request(range(50), steps=40))
        for _ in range(7):
            made.engine.tick()
        call.stop.set()
        before = _steps(events)
        for _ in range(3):
            made.engine.tick()
        return _counted("steps of a pack after it was cancelled", _steps(events) - before, 1, "≤ 1")


def _steps_until_first(made: Rig, seed: int, size: tuple[int, int]) -> int:
    """It stays for its picture, so that others come while it is on its way."""
    _, events = made.start(request((seed,), who=seed, steps=8, size=size))
    waited = -1
    while not _steps(events):
        made.engine.tick()
        waited += 1
    return waited


def _steps(events: list[Event]) -> int:
    return sum(isinstance(event, Stepped) for event in events)


def _counted(name: str, count: float, most: float, goal: str) -> Row:
    return Row(name, f"{count:g}", "", "", goal + ("" if count <= most else ", missed"))

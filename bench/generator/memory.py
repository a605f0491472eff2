"""What a pack costs in memory: its most against a small one's, each in a process of its own."""

import multiprocessing
import resource
from pathlib import Path

from bench.generator.rig import engine_models, request, rig
from bench.table import Row
from services.generator.call import Call, Ended, Event, Request
from services.generator.engine import DiffusionEngine

_SMALL, _LARGE = 8, 64


def flat(directory: Path) -> Row:
    """With places for four, what does not sit should hold next to nothing. The reader keeps no picture."""
    small, large = (_most_mb(directory, pictures) for pictures in (_SMALL, _LARGE))
    grown = large - small
    return Row(
        f"most memory of {_LARGE} pictures, of {_SMALL}",
        f"{large:.0f} MB",
        f"{small:.0f} MB",
        f"{grown:+.0f} MB",
        "≤ +10 MB" + ("" if grown <= 10 else ", missed"),
    )


def _most_mb(directory: Path, pictures: int) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (directory, pictures))


def _measured(directory: Path, pictures: int) -> float:
    """Beyond what the process held after a first small pack."""
    with rig(engine_models(directory), rows=8) as made:
        _render(made.engine, request(range(4), steps=2))
        before = _peak_mb()
        _render(made.engine, request(range(pictures), steps=2))
        return _peak_mb() - before


def _render(engine: DiffusionEngine, wanted: Request) -> None:
    ended: list[Event] = []

    def heard(event: Event) -> None:
        call.undelivered = 0
        if isinstance(event, Ended):
            ended.append(event)

    call = Call(wanted, heard)
    engine.admit(call)
    while engine.tick():
        pass
    engine.drain()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""Packs through a real gateway, with services that take a known time: what is simulated is everything but them.

Who comes when, and which renders are rejected, is the same on both sides.
"""

import asyncio
import tempfile
import time
from dataclasses import replace
from math import inf
from pathlib import Path

from likeness.gateway.v1.job_pb2 import Job

from bench.capacity.compared import at_random, rows
from bench.pipeline.cast import Caller, caller, gateway, timed_services
from bench.table import Row
from likeness_client.capacity.arrivals import Fate, Ordered
from likeness_client.capacity.scenario import Demand, Gateway, Generator, Scenario, Upscaler, Verifier
from likeness_client.capacity.simulation import Simulation, Size, Span
from likeness_client.capacity.single import FINE_STEPS
from likeness_client.capacity.turns import Turn

PICTURES = 12
UTILISATIONS = (0.5, 0.8)
_PACKS = 16
_LONG_SIDE = 1152
_SEATS, _RENDER_S, _VERIFY_S, _UPSCALE_S = 8, 2.0, 0.02, 0.1
_LANES = {
    "generator": {"places": _SEATS, "seconds": _RENDER_S},
    "verifier": {"places": 2, "seconds": _VERIFY_S},
    "upscaler": {"places": 1, "seconds": _UPSCALE_S},
}
# The first tries of every fourth picture.
_DRIFTING = range(0, PICTURES, 4)


async def table(folder: Path) -> list[Row]:
    with (
        timed_services(_LANES, drifting=_DRIFTING) as services,
        tempfile.TemporaryDirectory(dir=folder) as place,
        gateway(Path(place), services) as running,
    ):
        async with caller(running) as somebody:
            return await _rows(somebody)


async def _rows(somebody: Caller) -> list[Row]:
    await somebody.done(1, _LONG_SIDE)
    beside_s = await _beside_s(somebody)
    found = [Row("a job of one picture, beside its services", f"{beside_s:.2f} s", "", "", "")]
    for utilisation in UTILISATIONS:
        renders = PICTURES + len(_DRIFTING)
        ats = at_random(utilisation * _SEATS / _RENDER_S / renders, _PACKS)
        measured = await _measured(somebody, ats)
        found += rows(f"packs of {PICTURES}, generator busy {utilisation:.0%}", measured, _predicted(ats, beside_s))
    return found


async def _measured(somebody: Caller, ats: list[float]) -> list[float]:
    """Seconds of each pack. Whoever comes does not wait for those before."""
    began = time.monotonic()

    async def one(at: float) -> float:
        await asyncio.sleep(began + at - time.monotonic())
        return _seconds(await somebody.done(PICTURES, _LONG_SIDE))

    return await asyncio.gather(*map(one, ats))


async def _beside_s(somebody: Caller) -> float:
    """Of a job of one picture, whose first try is rejected: what is not the services' time."""
    known_s = 2 * _RENDER_S + 3 * _VERIFY_S + _UPSCALE_S
    return max(0.0, min([_seconds(await somebody.done(1, _LONG_SIDE)) - known_s for _ in range(3)]))


def _seconds(job: Job) -> float:
    assert job.progress.kept == job.progress.wanted, job.problem
    return float(job.end_time.ToNanoseconds() - job.create_time.ToNanoseconds()) / 1e9


def _predicted(ats: list[float], beside_s: float) -> list[float]:
    fates = tuple(Fate((False,) if number in _DRIFTING else (), kept=True) for number in range(PICTURES))
    orders = [Ordered(at, Turn(urgent=False), enlarged=True, fates=fates) for at in ats]
    span = Span(0.0, ats[-1] + 1, inf)
    outcome = Simulation(_scenario(beside_s), Size(1, 1, 2), span, seed=0, scaled=False).run(orders)
    return [job.whole_s for job in outcome.jobs]


def _scenario(beside_s: float) -> Scenario:
    """One gateway with the defaults of its settings."""
    return Scenario(
        demand=Demand(),
        generator=replace(Generator(), alone_s=_RENDER_S, full_s=_RENDER_S / _SEATS, together=_SEATS, steps=FINE_STEPS),
        upscaler=replace(Upscaler(), alone_s=_UPSCALE_S),
        verifier=replace(Verifier(), alone_s=_VERIFY_S),
        gateway=replace(
            Gateway(),
            gateways=1,
            pictures_at_once=24,
            generator_places=16,
            upscaler_places=4,
            verifier_places=8,
            before_s=beside_s,
            finish_s=0.0001,
        ),
    )

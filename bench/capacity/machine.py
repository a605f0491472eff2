"""The embedded stack under jobs that come at random, against one server that is the whole machine.

All of its services share the same cores, so there is no stage to speak of: a job gets slower with every other that is
there. How much is measured first, with one job at a time and with several.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import fmean

from bench.capacity.compared import SEED, at_random, rows
from bench.table import Row
from likeness_client import AsyncLikeness, Consent, Order, Wishes
from likeness_client.capacity.from_bench import Seen, pace_of
from likeness_client.capacity.scenario import Pace
from likeness_client.capacity.single import FINE_STEPS, served
from likeness_client.demo.photo import demo_photo
from likeness_client.load.job import Errand, Sample, measured
from likeness_client.load.run import Level, run
from likeness_client.stack.addresses import FILE_NAME
from likeness_client.stack.logs import JsonLog
from likeness_client.stack.profiles import Place, Profile, parts_of, threads_here
from likeness_client.stack.session import Session, claimed, forget, started

UTILISATIONS = (0.4, 0.7)
_QUIET, _BUSY, _TOGETHER = 1, 4, 8
_CALIBRATING, _JOBS = 12, 40
# One run says little of a queue: this many others, with the same people, say what else it could have been.
_PREDICTIONS = 20


async def table(folder: Path) -> list[Row]:
    with tempfile.TemporaryDirectory(dir=folder) as place, (Path(place) / "stack.log").open("w") as file:
        session, log = _session(Path(place) / "data"), JsonLog(file)
        with claimed(session.place.data):
            try:
                async with started(session, log) as stack, AsyncLikeness(stack.addresses["gateway"].grpc) as likeness:
                    return await _rows(likeness)
            finally:
                await forget(session, log)


async def _rows(likeness: AsyncLikeness) -> list[Row]:
    await run(likeness, _errand(), _QUIET, 2, _unheard)
    quiet = await run(likeness, _errand(), _QUIET, _CALIBRATING, _unheard)
    busy = await run(likeness, _errand(), _BUSY, 2 * _CALIBRATING, _unheard)
    pace = _pace(quiet, busy)
    found = [
        Row("a job alone", f"{pace.alone_s:.2f} s", "", "", ""),
        Row(f"each of {_TOGETHER} together", f"{pace.full_s * _TOGETHER:.2f} s", "", "", ""),
    ]
    for utilisation in UTILISATIONS:
        ats = at_random(utilisation / pace.full_s, _JOBS)
        measured = await _measured(likeness, ats)
        found += rows(f"one picture, machine busy {utilisation:.0%}", measured, _predicted(pace, ats))
    return found


def _pace(quiet: Level, busy: Level) -> Pace:
    """As many as there were on average, which is fewer than were sent at a time while the last ones ended."""

    def seen(level: Level) -> Seen:
        total_s = sum(sample.total for sample in level.samples)
        return Seen(total_s / level.seconds, total_s / len(level.samples))

    line = pace_of([seen(quiet), seen(busy)], _TOGETHER)
    alone = [sample.total for sample in quiet.samples]
    return Pace(line.alone_s, line.full_s, _TOGETHER, FINE_STEPS, tuple(each / fmean(alone) for each in alone))


async def _measured(likeness: AsyncLikeness, ats: list[float]) -> list[float]:
    began = time.monotonic()

    async def one(at: float) -> Sample:
        await asyncio.sleep(began + at - time.monotonic())
        return await measured(likeness, _errand())

    return [sample.total for sample in await asyncio.gather(*map(one, ats))]


def _predicted(pace: Pace, ats: list[float]) -> list[float]:
    return [each.whole_s for number in range(_PREDICTIONS) for each in served(pace, ats, Random(SEED + number))]


def _errand() -> Errand:
    """The demo photo is in the public domain."""
    consent = Consent.authorised(
        reference="public-domain", purpose="measuring this machine", policy_version="bench", given=datetime.now(UTC)
    )
    return Errand(demo_photo(), [Order("corporate")], consent, Wishes())


def _session(data: Path) -> Session:
    place = Place(data, data / "models", threads_here(), free_ports=True)
    return Session(Profile.EMBEDDED, place, tuple(parts_of(Profile.EMBEDDED, place)), data / FILE_NAME)


def _unheard() -> None:
    pass

"""A gateway that is killed after any of its writes: another goes on, and the caller's only evidence is a pause."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from likeness.gateway.v1 import job_pb2
from likeness.gateway.v1.result_pb2 import OUTCOME_KEPT, OUTCOME_REJECTED

from gateway.retention.holdings import Kind
from tests.gateway.house import TENANT
from tests.gateway.jobs.toy import until
from tests.gateway.pipeline.shop import KILLED, SEED, open_shop, spec
from tests.stand_ins import StandIns, by_try

pytestmark = pytest.mark.kill

ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))
ROOT = Path(__file__).parents[3]
# Identity; thumbnail and record of a rejected try; thumbnail, picture and record of a kept one; of two pictures.
WRITES = 1 + 2 + 3 + 3


@contextlib.contextmanager
def _doomed(folder: Path, services: StandIns, write: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Another gateway. Gone at the end, whatever happened."""
    command = [sys.executable, "-m", "tests.gateway.pipeline.process", str(folder), str(write)]
    running = subprocess.Popen(command, cwd=ROOT, env=os.environ | services.variables)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("write", range(1, WRITES + 1))
async def test_killed_after_any_write(quick_path: Path, services: StandIns, write: int, turn: int) -> None:
    """The job ends once, each picture is stored once, and what has a record is not rendered again."""
    folder = quick_path / "shop"
    services.verifier.drift = by_try(SEED, {(0, 1): 0.5})
    async with open_shop(folder, services, pace=KILLED) as shop:
        # Taken on here, and this process leaves before it is begun.
        services.embedder.pause = lambda photos: asyncio.Event().wait()  # type: ignore[assignment, return-value]
        job = await shop.begin(spec(2, long_side=640))
        await until(lambda: services.embedder.photos)
    services.embedder.pause = None
    with _doomed(folder, services, write) as doomed:
        await until(lambda: doomed.poll() is not None, 30)
        assert doomed.returncode == -signal.SIGKILL
    rendered = len(services.generator.renders)
    async with open_shop(folder, services, pace=KILLED) as shop:
        ended = await shop.ended(job)
        tries = await shop.album.tries(TENANT, job)

        assert ended.state == job_pb2.STATE_SUCCEEDED
        assert sorted(result.picture for result in ended.results) == [0, 1]
        assert await shop.stored(job, Kind.RESULT) == [0, 1]
        assert len(await shop.download(job, 1)) == ended.results[0].size_bytes
        outcomes = sorted((each.picture, each.attempt, each.outcome) for each in tries)
        assert outcomes == [(0, 1, OUTCOME_REJECTED), (0, 2, OUTCOME_KEPT), (1, 1, OUTCOME_KEPT)]
        events = await shop.events(job)
        assert [event.offset for event in events] == list(range(1, len(events) + 1))
        # Of each picture the try that was cut off, at most.
        assert len(services.generator.renders) <= 3 + 2
        assert rendered <= 3

"""kill -9 of the gateway at any point of a job: another ends it once, with each picture once, and renders nothing that
was rendered and recorded before.
"""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.jobs.port import State
from gateway.pipeline.pack import Tally
from gateway.retention.holdings import Kind
from tests.gateway.house import TENANT
from tests.gateway.survival.scene import Scene, all_seeds, check_job, check_renders, died, on_scene, reached
from tests.gateway.survival.works import PACE, spec
from tests.running import until

pytestmark = pytest.mark.kill

ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))
PICTURES = 3
STEPS = ["identity", "picture-0", "picture-1", "picture-2", "farewell"]
BOUNDARIES = [f"{side}-{step}" for step in STEPS for side in ("before", "after")]
# Within a step: around calls of services, and around the moments at which something is there for good.
WITHIN = [
    "after-embed",
    "after-render",
    "before-render#4",
    "after-verify#2",
    "after-enlarge",
    "objects.commit#3",  # the identity, about to be there
    "objects.committed#3",
    "objects.committed#4",  # of the first picture
    "objects.commit#5",
    "objects.committed#5",
]


@pytest.fixture
async def scene(quick_path: Path) -> AsyncIterator[Scene]:
    async with on_scene(quick_path) as scene:
        yield scene


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("point", BOUNDARIES + WITHIN)
async def test_killed_at_any_point(scene: Scene, point: str, turn: int) -> None:
    """And gone for good: the caller's only evidence is a pause of one lease."""
    with scene.gateway(begin=PICTURES, kill_at=point) as doomed:
        await died(doomed)
    killed, recorded = time.monotonic(), scene.recorded_seeds()
    async with scene.here() as works:
        (found,) = (await works.jobs.list(TENANT)).jobs
        await works.ended(found.id)

        # The work itself takes some tenths of a second; on a busy machine more.
        assert time.monotonic() - killed < PACE.lease_s + 2 + 5
        assert (await works.jobs.get(TENANT, found.id)).recoveries == 1
        await check_job(works, found.id, PICTURES)
    check_renders(scene, recorded, all_seeds(PICTURES))


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_killed_before_what_was_asked_for_was_stored(scene: Scene, turn: int) -> None:
    """The job waits for it; the same request, sent again, brings it, and it counts once."""
    with scene.gateway(begin=PICTURES, kill_at="objects.commit#2") as doomed:
        await died(doomed)
    assert not scene.stored()[Kind.SPEC]
    async with scene.here() as works:
        (found,) = (await works.jobs.list(TENANT)).jobs
        upload = Tally(await works.jobs.events(TENANT, found.id)).upload
        for _ in range(2):
            await works.desk.again(TENANT, found.id, works.complete(spec(PICTURES), upload))

        await check_job(works, found.id, PICTURES)
        assert await works.state(found.id) is State.SUCCEEDED
    check_renders(scene, set(), all_seeds(PICTURES))


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_told_to_stop_it_hands_its_job_on_at_once(scene: Scene, turn: int) -> None:
    """SIGTERM in the middle of a picture: no lease has to run out, and what has a record is not rendered again."""
    with scene.gateway(begin=PICTURES, wait_at="after-verify#3", pace={"lease_s": 60}) as stopping:
        await reached(scene, "after-verify#3")
        recorded = scene.recorded_seeds()
        async with scene.here(lease_s=60) as works:
            stopping.terminate()
            (found,) = (await works.jobs.list(TENANT)).jobs

            await check_job(works, found.id, PICTURES)
            assert (await works.jobs.get(TENANT, found.id)).recoveries == 0
        await until(lambda: stopping.poll() is not None, 30)
        assert stopping.returncode == 0
    check_renders(scene, recorded, all_seeds(PICTURES))

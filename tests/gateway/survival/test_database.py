"""Postgres under several gateways: it restarts in the middle of a job, or one of two gateways is gone for good."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from gateway.jobs.port import State
from tests.gateway.house import TENANT
from tests.gateway.servers import Postgres
from tests.gateway.survival.scene import Scene, all_seeds, check_job, check_renders, on_scene, reached
from tests.gateway.survival.works import spec
from tests.running import until
from tests.stand_ins import Render

pytestmark = pytest.mark.kill

ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))
PICTURES = 3


@pytest.fixture
async def scene(database_server: Postgres, quick_path: Path) -> AsyncIterator[Scene]:
    async with on_scene(quick_path, database_server.new_database()) as scene:
        yield scene


async def crash(server: Postgres, url: str) -> None:
    """One of its processes is killed: all of them start anew, after recovery from the log."""
    database = make_url(url).database
    async with await psycopg.AsyncConnection.connect(f"host={server.folder} user=postgres dbname={database}") as mine:
        os.kill(mine.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            await mine.execute("SELECT 1")


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("nth", [1, 2, 4])
async def test_postgres_restarts_under_a_job(scene: Scene, database_server: Postgres, nth: int, turn: int) -> None:
    """While the nth picture is rendered. The run waits for it, and nothing is rendered twice."""
    assert scene.url is not None
    url = scene.url

    async def restart(render: Render) -> None:
        if render.number == nth:
            await crash(database_server, url)

    scene.services.generator.pause = restart
    async with scene.here(lease_s=10) as works:
        job = await works.begin(spec(PICTURES))
        await check_job(works, job.id, PICTURES)
    check_renders(scene, set(), all_seeds(PICTURES))


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_one_of_two_gateways_is_gone_for_good(scene: Scene, turn: int) -> None:
    """It had taken several jobs. All of them end in the other one, which had work of its own."""
    jobs = 3
    with scene.gateway(begin=PICTURES, jobs=jobs, wait_at="after-verify#5") as doomed:
        await reached(scene, "after-verify#5")
        async with scene.here() as works:
            mine = await works.begin(spec(PICTURES))
            doomed.kill()
            doomed.wait()
            found = (await works.jobs.list(TENANT)).jobs
            assert len(found) == jobs + 1
            for each in found:
                await check_job(works, each.id, PICTURES)

            assert await works.state(mine.id) is State.SUCCEEDED
            assert sum(each.recoveries for each in (await works.jobs.list(TENANT)).jobs) >= 1
    assert scene.renders().keys() == all_seeds(PICTURES).keys()
    assert max(scene.renders().values()) <= 2 * (jobs + 1)


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_frozen_gateway_wakes_up_after_its_lease(scene: Scene, turn: int) -> None:
    """In the middle of a picture, which it goes on with. The other one has made the job by then: nothing is added."""
    with scene.gateway(begin=PICTURES, wait_at="after-verify#2") as zombie:
        await reached(scene, "after-verify#2")
        zombie.send_signal(signal.SIGSTOP)
        async with scene.here() as works:
            (job,) = (await works.jobs.list(TENANT)).jobs
            before = await check_job(works, job.id, PICTURES)
            (scene.folder / "go").touch()
            zombie.send_signal(signal.SIGCONT)
            zombie.terminate()
            await until(lambda: zombie.poll() is not None, 30)

            after = await check_job(works, job.id, PICTURES)
            assert [result.create_time for result in before.results] == [r.create_time for r in after.results]
            assert before.progress.tries == after.progress.tries
    check_renders(scene, set(), all_seeds(PICTURES))

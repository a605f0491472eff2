"""Processes that die for good, are told to stop, or are frozen and wake up: the job ends once, each effect is there
once, and what was recorded is not repeated.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from gateway.jobs.port import State
from gateway.jobs.register import Register
from gateway.retention.database import Database, connect
from gateway.retention.holdings import Terms
from gateway.retention.ledger import Ledger
from tests.gateway.jobs.toy import QUICK, TENANT, Effects, Office, Toy, enlist, office, until
from tests.gateway.servers import Postgres

pytestmark = pytest.mark.kill

ROUNDS = int(os.environ.get("LIKENESS_SOAK_ROUNDS", "1"))
ROOT = Path(__file__).parents[3]
# A busy machine has to be able to renew it.
LEASE_S = 3.0
PACE = {"lease_s": LEASE_S, "beat_s": 0.2, "grace_s": 0.5}
STEPS = ["identity", "picture-0", "picture-1", "picture-2", "farewell"]
BOUNDARIES = [f"{side}-{step}" for step in STEPS for side in ("before", "after")]


@contextlib.contextmanager
def process(url: str, effects: Effects, **spec: object) -> Iterator[subprocess.Popen[bytes]]:
    """Another gateway. Gone at the end, whatever happened."""
    command = [sys.executable, "-m", "tests.gateway.jobs.process", url, str(effects.folder)]
    running = subprocess.Popen([*command, json.dumps({"pace": PACE} | spec)], cwd=ROOT)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def here(url: str, toy: Toy, **changes: float):  # type: ignore[no-untyped-def]
    """The gateway of the test's own process."""
    return office(url, toy.course, pace=QUICK, **(PACE | changes))


async def died(running: "subprocess.Popen[bytes]") -> None:
    await until(lambda: running.poll() is not None, 30)
    assert running.returncode == -signal.SIGKILL


def enlisted(url: str, jobs: int = 1) -> list[str]:
    """Jobs in the database, whose process died before it could hand them to the queue."""
    database = Database(connect(url))
    database.create_tables()
    register, ledger = Register(database), Ledger(database, Terms())
    try:
        return [enlist(ledger, register.enlist) for _ in range(jobs)]
    finally:
        database.engine.dispose()


async def check(at: Office, job: str, effects: Effects, interrupted: str) -> None:
    events = [event.key for event in await at.events(job)]

    assert (await at.jobs.get(TENANT, job)).state is State.SUCCEEDED
    assert sorted(events) == sorted({*events})
    assert {"picture-0", "picture-1", "picture-2", "state-final"} < {*events}
    assert effects.left() == sorted(STEPS)
    # Pictures are at work together: whichever was not recorded runs again.
    together = {step for step in STEPS if step.startswith("picture") and interrupted.startswith("picture")}
    assert {step for step in STEPS if effects.times(step) > 1} <= together | {interrupted}
    assert max(effects.times(step) for step in STEPS) <= 2


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("boundary", BOUNDARIES)
async def test_killed_at_any_boundary_of_a_step(sqlite: str, effects: Effects, boundary: str, turn: int) -> None:
    """And gone for good: another goes on once its lease has run out, within two seconds."""
    (job,) = enlisted(sqlite)
    with process(sqlite, effects, kill_at=boundary) as doomed:
        await died(doomed)
    killed = time.monotonic()
    async with here(sqlite, Toy(effects)) as at:
        await at.ended(job)

        assert time.monotonic() - killed < LEASE_S + 2
        assert (await at.jobs.get(TENANT, job)).recoveries == 1
        await check(at, job, effects, boundary.partition("-")[2])


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_one_of_two_gateways_is_gone_for_good(url: str, effects: Effects, turn: int) -> None:
    """Both had taken jobs; all of them end, in the one that is left."""
    jobs = enlisted(url, 6)
    toy = Toy(effects)
    with process(url, effects, wait_at="before-farewell", pace=PACE | {"places": 4, "tenant_places": 4}) as doomed:
        await until(lambda: (effects.folder / "before-farewell.reached").exists(), 30)
        async with here(url, toy) as at:
            doomed.kill()
            states = await asyncio.gather(*[at.ended(job) for job in jobs])

            assert set(states) == {State.SUCCEEDED}
            recovered = [(await at.jobs.get(TENANT, job)).recoveries for job in jobs]
            assert set(recovered) <= {0, 1}
            assert sum(recovered) > 0


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_told_to_stop_it_hands_its_jobs_on_at_once(sqlite: str, effects: Effects, turn: int) -> None:
    """No lease has to run out for that."""
    (job,) = enlisted(sqlite)
    with process(sqlite, effects, wait_at="before-picture-1", pace=PACE | {"lease_s": 60}) as stopping:
        await until(lambda: (effects.folder / "before-picture-1.reached").exists(), 30)
        async with here(sqlite, Toy(effects), lease_s=60) as at:
            stopping.terminate()
            await at.ended(job)

            assert (await at.jobs.get(TENANT, job)).recoveries == 0
            await check(at, job, effects, "picture-1")
        await until(lambda: stopping.poll() is not None)
        assert stopping.returncode == 0


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_a_zombie_that_wakes_up_changes_nothing(url: str, effects: Effects, turn: int) -> None:
    """Frozen for longer than its lease, in the middle of a step that has had its effect."""
    (job,) = enlisted(url)
    with process(url, effects, wait_at="after-picture-1") as zombie:
        await until(lambda: (effects.folder / "after-picture-1.reached").exists(), 30)
        zombie.send_signal(signal.SIGSTOP)
        async with here(url, Toy(effects)) as at:
            await at.ended(job)
            events = await at.events(job)
            (effects.folder / "go").touch()
            zombie.send_signal(signal.SIGCONT)
            zombie.terminate()
            await until(lambda: zombie.poll() is not None)

            assert await at.events(job) == events
            await check(at, job, effects, "picture-1")


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_the_database_is_gone_while_a_job_is_reclaimed(
    database_server: Postgres, effects: Effects, turn: int
) -> None:
    """All connections are cut and refused for a while. Nobody is left behind as pending."""
    url = database_server.new_database()
    jobs = enlisted(url, 3)
    with process(url, effects, kill_at="before-farewell") as doomed:
        await died(doomed)
    async with here(url, Toy(effects), lease_s=6) as at:
        for _ in range(3):
            await _shut(database_server, url, 0.4)
            await asyncio.sleep(0.4)
        states = await asyncio.gather(*[at.ended(job) for job in jobs])

        assert set(states) == {State.SUCCEEDED}


async def _shut(server: Postgres, url: str, seconds: float) -> None:
    name = make_url(url).database
    address = f"host={server.folder} user=postgres dbname=postgres"
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')  # type: ignore[arg-type]
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        await asyncio.sleep(seconds)
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')  # type: ignore[arg-type]

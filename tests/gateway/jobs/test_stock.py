"""What dashboards learn of jobs: how long they took, and whether one was left alone."""

from collections.abc import Callable

import pytest

from gateway.jobs.port import State
from gateway.jobs.register import Register
from gateway.jobs.stock import Stock, Timeline
from gateway.retention.database import Database
from gateway.retention.holdings import Terms
from gateway.retention.ledger import Ledger
from gateway.retention.tables import PROCESSES
from services.common.admission import Priority
from tests.gateway.house import HandClock
from tests.gateway.jobs.toy import Toy, enlist, office, until


@pytest.fixture
def job(database: Database, register: Register) -> str:
    return enlist(Ledger(database, Terms()), register.enlist)


@pytest.fixture
def live(database: Database) -> Callable[[str, int], None]:
    def live(process: str, until_ms: int) -> None:
        with database.transaction() as tx:
            tx.execute(PROCESSES.insert().values(id=process, lease_time=until_ms))

    return live


def test_a_timeline_is_told_from_the_making(database: Database, register: Register, job: str, clock: HandClock) -> None:
    """The first picture that was kept counts, not the first that was tried, nor the last."""
    register.claim(job, "one", "claim")
    for seconds, key, kind in ((3, "try-0-1", "try"), (4, "result-0", "result"), (5, "result-1", "result")):
        clock.pass_s(seconds)
        register.append(job, "claim", key, {"kind": kind})
    assert Stock(database).timeline(job) is None
    clock.pass_s(1)
    register.end(job, State.PARTIAL, claim="claim")

    assert Stock(database).timeline(job) == Timeline(Priority.BATCH, State.PARTIAL, 7.0, 13.0)
    assert Stock(database).timeline("nobody") is None


def test_a_job_is_attended_while_its_process_lives(
    database: Database, register: Register, job: str, clock: HandClock, live: Callable[[str, int], None]
) -> None:
    """Queued and young, handed over, running: fine. Never handed over, or with a process whose lease is over: not."""
    stock = Stock(database)
    assert stock.unattended() == 0
    clock.pass_s(11)
    assert stock.unattended() == 1
    register.submitted(job)
    assert stock.unattended() == 0

    live("one", clock.ms + 5000)
    register.claim(job, "one", "claim")
    assert stock.unattended() == 0
    clock.pass_s(6)
    assert stock.unattended() == 1
    register.end(job, State.FAILED, claim="claim")
    assert stock.unattended() == 0


def test_what_was_handed_back_waits_for_somebody(
    database: Database, register: Register, job: str, clock: HandClock, live: Callable[[str, int], None]
) -> None:
    """Its row says running, and nobody runs it."""
    live("one", clock.ms + 5000)
    register.submitted(job)
    register.claim(job, "one", "claim")
    register.release("one")

    assert Stock(database).unattended() == 1


async def test_an_engine_measures_each_job_once(sqlite: str, toy: Toy) -> None:
    """Both histograms, by closed labels."""
    async with office(sqlite, toy.course) as at:
        job = await at.start(priority=Priority.INTERACTIVE)
        assert await at.ended(job) is State.SUCCEEDED
        value = at.metrics.registry.get_sample_value
        await until(lambda: value("likeness_job_seconds_count", {"state": "succeeded"}) == 1)

        assert value("likeness_first_result_seconds_count", {"priority": "interactive"}) == 1
        assert value("likeness_job_seconds_count", {"state": "failed"}) == 0
        assert value("likeness_unattended_jobs") == 0

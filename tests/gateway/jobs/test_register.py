"""The register: what a claim allows, and that the first of everything counts."""

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from sqlalchemy import text

from gateway.jobs.codec import Refused
from gateway.jobs.port import Ending, State
from gateway.jobs.register import Register, Superseded
from gateway.retention.database import Database
from gateway.retention.holdings import Terms
from gateway.retention.ledger import Ledger
from likeness_wire.errors import NotFound
from tests.gateway.house import HandClock
from tests.gateway.jobs.toy import TENANT, enlist


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, Terms())


@pytest.fixture
def job(ledger: Ledger, register: Register) -> str:
    return enlist(ledger, register.enlist)


def test_a_claim_ends_the_one_before(register: Register, job: str) -> None:
    """Whoever had it writes nothing any more: no event, no end, and it may not go on."""
    register.claim(job, "one", "claim-1")
    register.append(job, "claim-1", "first", {"seed": 1})
    register.claim(job, "two", "claim-2")

    for write in (
        lambda: register.append(job, "claim-1", "second", {"seed": 2}),
        lambda: register.end(job, State.FAILED, claim="claim-1"),
        lambda: register.left_ms(job, "claim-1"),
    ):
        with pytest.raises(Superseded):
            write()
    assert [event.key for event in register.events(job, 0)] == ["state-queued", "state-running", "first"]
    assert register.end(job, State.SUCCEEDED, claim="claim-2")


def test_the_first_of_a_key_and_the_first_end_stay(register: Register, job: str) -> None:
    """A step that runs again reports nothing twice."""
    register.claim(job, "one", "claim")
    register.append(job, "claim", "result-1", {"seed": 1})
    register.append(job, "claim", "result-1", {"seed": 2})

    assert [event.body for event in register.events(job, 2)] == [{"seed": 1}]
    assert register.end(job, State.CANCELLED, reasons.REASON_CANCELLED)
    assert not register.end(job, State.SUCCEEDED)
    assert register.find(TENANT, job).state is State.CANCELLED
    assert register.events(job, 3)[0].body == {"kind": "state", "state": "cancelled"}


def test_only_deaths_count_as_recoveries(register: Register, job: str) -> None:
    """A process that hands back is alive."""
    register.claim(job, "one", "claim-1")
    register.release("one")
    assert register.claim(job, "two", "claim-2").recoveries == 0
    assert register.claim(job, "three", "claim-3").recoveries == 1


def test_events_hold_no_sentences(register: Register, job: str) -> None:
    """And refusing one leaves no half of it."""
    register.claim(job, "one", "claim")
    with pytest.raises(Refused):
        register.append(job, "claim", "note", {"prompt": "a person in a red scarf"})

    assert register.find(TENANT, job).events == 2


def test_enlisting_joins_the_transaction_of_the_holding(ledger: Ledger, register: Register, database: Database) -> None:
    """Either both are there, or neither is."""

    def fails(*_: object) -> None:
        register.enlist(*_)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enlist(ledger, fails)
    with database.reading() as tx:
        assert tx.execute(text("SELECT count(*) FROM jobs")).scalar_one() == 0
    assert register.to_submit() == []


def test_at_the_deadline_nothing_of_a_job_is_there_for_anybody(register: Register, job: str, clock: HandClock) -> None:
    """Before anybody has swept: questions, lists, claims and steps all end at the same moment."""
    register.claim(job, "one", "claim")
    clock.pass_s(23 * 3600 - 1)
    assert register.left_ms(job, "claim") == 1000
    clock.pass_s(1)

    for question in (lambda: register.find(TENANT, job), lambda: register.left_ms(job, "claim")):
        with pytest.raises(NotFound) as over:
            question()
        assert over.value.reason == reasons.REASON_EXPIRED
    with pytest.raises(Superseded):
        register.claim(job, "two", "claim-2")
    assert register.page(TENANT, 10, None, ()).jobs == []
    assert register.over() == [job]


def test_what_was_forgotten_is_expired_for_its_owner_and_unknown_to_others(register: Register, job: str) -> None:
    """The ledger remembers that it was there."""
    register.forget([job])

    for tenant, reason in ((TENANT, reasons.REASON_EXPIRED), ("tenant-b", reasons.REASON_NOT_FOUND)):
        with pytest.raises(NotFound) as refused:
            register.find(tenant, job)
        assert refused.value.reason == reason


def test_a_made_up_cursor_finds_nothing(register: Register, job: str) -> None:
    """It carries no authority, and breaks nothing."""
    for cursor in ("", "x", "1.x", "9e9.x", "-1.", "99999999999999999999.x"):
        assert register.page("tenant-b", 10, cursor, ()).jobs == []


def test_an_ending_is_an_end() -> None:
    """A course cannot end in the middle."""
    with pytest.raises(ValueError, match="no ending"):
        Ending(State.RUNNING)

"""Nothing is made of a person who has not agreed, and what was agreed to stays."""

from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.job_pb2 import SUBJECT_AUTHORISED, SUBJECT_CALLER, Consent

from gateway.api.consents import Consents
from gateway.retention.database import Database, connect
from likeness_wire.errors import BadRequest

NOW = 1_800_000_000_000


def consent(**changes: object) -> Consent:
    facts = {
        "subject": SUBJECT_CALLER,
        "reference": "agreement-17",
        "purpose": "profile pictures",
        "policy_version": "2026-11",
        "give_time": Timestamp(seconds=NOW // 1000 - 60),
    }
    return Consent(**facts | changes)  # type: ignore[arg-type]


@pytest.fixture
def database(quick_path: Path) -> Database:
    database = Database(connect(f"sqlite:///{quick_path / 'jobs.sqlite'}"), lambda tx: NOW)
    database.create_tables()
    return database


def reason_of(database: Database, given: Consent | None, policy: str = "") -> str:
    with pytest.raises(BadRequest) as raised:
        Consents(database, policy).check(given, NOW, "spec.consent")
    return raised.value.reason_name


def test_without_consent_there_is_nothing(database: Database) -> None:
    """Nor with one of nobody in particular."""
    assert "CONSENT_MISSING" == reason_of(database, None)
    assert "CONSENT_MISSING" == reason_of(database, Consent())
    assert "CONSENT_MISSING" == reason_of(database, consent(subject=0))
    assert "CONSENT_MISSING" == reason_of(database, consent(subject=7))


def test_the_policy_in_force_has_to_be_the_one_agreed_to(database: Database) -> None:
    """Where there is one."""
    Consents(database, "2026-11").check(consent(), NOW, "spec.consent")

    assert "CONSENT_MISSING" == reason_of(database, consent(policy_version="2025-01"), policy="2026-11")


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": ""},
        {"reference": "somebody@example.org"},
        {"reference": "Jane Doe"},
        {"reference": "x" * 129},
        {"purpose": " "},
        {"purpose": "x" * 129},
        {"purpose": "line\nbreak"},
        {"policy_version": ""},
        {"give_time": None},
        {"give_time": Timestamp(seconds=NOW // 1000 + 61)},
    ],
)
def test_what_is_misshapen_is_named(database: Database, changes: dict[str, object]) -> None:
    """Field by field."""
    with pytest.raises(BadRequest) as raised:
        Consents(database, "").check(consent(**changes), NOW, "spec.consent")
    assert raised.value.reason == reasons.REASON_INVALID_FIELD
    assert raised.value.fields.keys() == {f"spec.consent.{name}" for name in changes}


def test_clocks_may_differ_a_little(database: Database) -> None:
    """By a minute."""
    given = consent(give_time=Timestamp(seconds=NOW // 1000 + 60))

    assert given == Consents(database, "").check(given, NOW, "consent")


def test_what_was_agreed_to_can_be_answered_for(database: Database) -> None:
    """By tenant and subject, word for word."""
    consents = Consents(database, "")
    given = consent(subject=SUBJECT_AUTHORISED)

    consents.record_alone("acme", "jobs/1", given)

    assert [given] == consents.of("acme", "jobs/1")
    assert [] == consents.of("other", "jobs/1")
    assert [] == consents.of("acme", "jobs/2")

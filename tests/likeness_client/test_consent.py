"""Consent is said, never assumed."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from likeness.gateway.v1 import job_pb2

from likeness_client import AsyncLikeness, Consent

GIVEN = {"reference": "r-1", "purpose": "profile pictures", "policy_version": "1"}


def test_it_says_who_agreed() -> None:
    """The one who calls, or somebody else who has authorised them; and when, wherever they were."""
    there = datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=-5)))
    consent = Consent.authorised(given=there, **GIVEN).message()

    assert job_pb2.SUBJECT_AUTHORISED == consent.subject
    assert job_pb2.SUBJECT_CALLER == Consent.self(given=there, **GIVEN).message().subject
    assert datetime(2026, 11, 21, 14, tzinfo=UTC) == consent.give_time.ToDatetime(tzinfo=UTC)
    assert ("r-1", "profile pictures", "1") == (consent.reference, consent.purpose, consent.policy_version)


@pytest.mark.parametrize("missing", [*GIVEN, "given"])
def test_no_part_of_it_has_a_default(missing: str) -> None:
    """Whoever writes the call has to know."""
    parts: dict[str, Any] = {"given": datetime.now(UTC), **GIVEN}
    del parts[missing]
    with pytest.raises(TypeError, match=missing):
        Consent.self(**parts)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reference": " "}, "reference"),
        ({"purpose": "x" * 129}, "purpose"),
        ({"policy_version": ""}, "policy_version"),
        ({"given": datetime(2026, 1, 1)}, "time zone"),
    ],
)
def test_an_empty_agreement_is_none(wrong: dict[str, Any], told: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(ValueError, match=told):
        Consent.self(**{"given": datetime.now(UTC), **GIVEN, **wrong})


async def test_no_job_without_it(likeness: AsyncLikeness) -> None:
    """The parameter has no default either, and nothing else will do."""
    with pytest.raises(TypeError, match="consent"):
        await likeness.create_job("tenants/local/uploads/u1", "corporate")  # type: ignore[call-arg]

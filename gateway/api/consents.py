"""Consent: nothing is made of a person who has not agreed, and what was agreed to is kept when all else is gone."""

import re

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.job_pb2 import SUBJECT_AUTHORISED, SUBJECT_CALLER, Consent
from sqlalchemy import Connection, select

from gateway.api.expiry import millis_of
from gateway.api.refusals import invalid
from gateway.api.tables import CONSENTS
from gateway.retention.database import Database
from gateway.retention.holdings import new_id
from likeness_wire.errors import BadRequest
from likeness_wire.times import instant

SUBJECTS = {SUBJECT_CALLER: "caller", SUBJECT_AUTHORISED: "authorised"}

_LONGEST = 128
# Clocks differ.
_AHEAD_MS = 60_000
# One word, and no address of electronic mail.
_OPAQUE = re.compile(r"[!-?A-~]+")


class Consents:
    """The one table of the API whose rows stay."""

    def __init__(self, database: Database, policy_version: str) -> None:
        self._database = database
        self._policy_version = policy_version

    def check(self, consent: Consent | None, now_ms: int, field: str) -> Consent:
        """The consent, fit to be recorded. CONSENT_MISSING where nobody has agreed to what is valid now."""
        if consent is None or consent.subject not in SUBJECTS:
            raise _missing("the person shown has to have agreed: say who did, what for, and when")
        for name in ("reference", "purpose", "policy_version"):
            _check_text(f"{field}.{name}", getattr(consent, name))
        if not _OPAQUE.fullmatch(consent.reference):
            raise invalid(f"{field}.reference", "an opaque id of your own: no spaces, names or addresses")
        if not consent.HasField("give_time"):
            raise invalid(f"{field}.give_time", "required")
        if millis_of(consent.give_time) > now_ms + _AHEAD_MS:
            raise invalid(f"{field}.give_time", "lies in the future")
        if self._policy_version and consent.policy_version != self._policy_version:
            raise _missing(f"the policy in force is {self._policy_version}: ask for consent to that one")
        return consent

    def record(self, tx: Connection, tenant: str, about: str, consent: Consent) -> None:
        """`about`: `jobs/…` or `uploads/…`. Joins the caller's transaction."""
        row = {
            "id": new_id(),
            "tenant": tenant,
            "about": about,
            "subject": SUBJECTS[consent.subject],
            "reference": consent.reference,
            "purpose": consent.purpose,
            "policy_version": consent.policy_version,
            "give_time": millis_of(consent.give_time),
            "record_time": self._database.clock(tx),
        }
        tx.execute(CONSENTS.insert(), row)

    def record_alone(self, tenant: str, about: str, consent: Consent) -> None:
        with self._database.transaction() as tx:
            self.record(tx, tenant, about, consent)

    def of(self, tenant: str, about: str) -> list[Consent]:
        """What was recorded, for whoever has to answer for it."""
        query = select(CONSENTS).where(CONSENTS.c.tenant == tenant, CONSENTS.c.about == about)
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(CONSENTS.c.record_time)).mappings().all()
        subjects = {word: subject for subject, word in SUBJECTS.items()}
        return [
            Consent(
                subject=subjects[row["subject"]],
                reference=row["reference"],
                purpose=row["purpose"],
                policy_version=row["policy_version"],
                give_time=instant(row["give_time"]),
            )
            for row in rows
        ]


def _check_text(field: str, text: str) -> None:
    if not text.strip():
        raise invalid(field, "required")
    if len(text) > _LONGEST or not text.isprintable():
        raise invalid(field, f"at most {_LONGEST} printable characters")


def _missing(problem: str) -> BadRequest:
    return BadRequest(reasons.REASON_CONSENT_MISSING, problem, fields={"consent": problem})

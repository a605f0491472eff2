"""Consent at a terminal: said by whoever types the command, or there is no shoot."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from likeness_client.consent import Consent
from likeness_client.failure import CommandFailed

_HOW = (
    "nobody's pictures are made without their consent: say --i-am-this-person if the photos show you, or "
    "--authorised REFERENCE with --agreed DATE if the person they show has agreed and that is on record"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed. `agreed`: when, for somebody else; one's own consent is given by typing it."""

    self: bool
    authorised: str | None
    agreed: datetime | None
    purpose: str
    policy: str | None

    def check(self) -> None:
        """CommandFailed unless it is plain who agreed, before a photo is read."""
        if self.self == (self.authorised is not None):
            raise CommandFailed(_HOW)
        if self.authorised is not None and self.agreed is None:
            raise CommandFailed("--authorised needs --agreed DATE: when the person shown agreed, such as 2026-11-20")

    def consent(self, policy_of_server: str | None) -> Consent:
        """The agreement as it goes on record. The policy agreed to is the server's present one unless said."""
        policy = self.policy or policy_of_server or "none"
        try:
            if self.authorised is None:
                return Consent.self(
                    reference=f"terminal-{uuid.uuid4()}",
                    purpose=self.purpose,
                    policy_version=policy,
                    given=datetime.now(UTC),
                )
            self.check()
            given = cast(datetime, self.agreed).astimezone()
            return Consent.authorised(
                reference=self.authorised, purpose=self.purpose, policy_version=policy, given=given
            )
        except ValueError as error:
            raise CommandFailed(str(error)) from None

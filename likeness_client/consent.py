"""What the person in the photos has agreed to. Nothing is made without it, and nothing here assumes it."""

from dataclasses import dataclass
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp
from likeness.gateway.v1 import job_pb2 as pb

_LONGEST = 128


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement, on record with the server even after everything else has been deleted.

    Made by `Consent.self` or `Consent.authorised`: which of the two is the first thing it says.
    """

    subject: "pb.Subject"
    # Your own reference to the agreement: opaque, at most 128 characters, no name and no address.
    reference: str
    # What the pictures are for: "profile pictures".
    purpose: str
    # The version of the policy that was agreed to; `ServerInfo.policy_version` is the one a server asks for.
    policy_version: str
    # When the person agreed, with a time zone.
    given: datetime

    def __post_init__(self) -> None:
        for name in ("reference", "purpose", "policy_version"):
            value = getattr(self, name)
            if not value.strip() or len(value) > _LONGEST:
                raise ValueError(f"{name} of a consent: 1 to {_LONGEST} characters")
        if self.given.tzinfo is None:
            raise ValueError("when consent was given needs a time zone: datetime.now(UTC)")

    @classmethod
    def self(cls, *, reference: str, purpose: str, policy_version: str, given: datetime) -> "Consent":
        """Your user is the person in the photos, and has agreed."""
        return cls(pb.SUBJECT_CALLER, reference, purpose, policy_version, given)

    @classmethod
    def authorised(cls, *, reference: str, purpose: str, policy_version: str, given: datetime) -> "Consent":
        """Somebody else is in the photos, and has authorised your user; the reference leads to that."""
        return cls(pb.SUBJECT_AUTHORISED, reference, purpose, policy_version, given)

    def message(self) -> pb.Consent:
        """As it travels."""
        give_time = Timestamp()
        give_time.FromDatetime(self.given)
        return pb.Consent(
            subject=self.subject,
            reference=self.reference,
            purpose=self.purpose,
            policy_version=self.policy_version,
            give_time=give_time,
        )

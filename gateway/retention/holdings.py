"""What a holding is and may become, as values."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from gateway.storage.sealing import Binding

HOUR_MS = 3_600_000


class Sort(StrEnum):
    """Photos and identity share the key of their upload, everything else that of the job."""

    UPLOAD = "upload"
    JOB = "job"


class State(StrEnum):
    FILLING = "filling"  # photos are arriving
    SEALED = "sealed"  # complete, waiting for a job
    ADOPTED = "adopted"  # belongs to a job, for good
    RUNNING = "running"  # a job at work
    FINISHED = "finished"  # a job that ended, whatever the outcome


class Kind(StrEnum):
    """What an object is. Bound into its ciphertext."""

    PHOTO = "photo"
    IDENTITY = "identity"  # lies with the photos it was made of
    SPEC = "spec"  # what was asked for, with words of its own
    TRY = "try"  # the record of a render
    PICTURE = "picture"  # kept, not finished
    THUMBNAIL = "thumbnail"
    RESULT = "result"


class Cause(StrEnum):
    """Why a holding ended."""

    DELETED = "deleted"  # its owner asked
    EXPIRED = "expired"  # its time was up
    ABANDONED = "abandoned"  # the upload broke off


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are kept, counted from the first photo byte unless said otherwise. Milliseconds."""

    cap_ms: int = 24 * HOUR_MS
    # Below the cap, so that a store that fails for a while still lets go in time.
    results_ms: int = 23 * HOUR_MS
    # Adopted or not.
    uploads_ms: int = 23 * HOUR_MS
    photos_after_job_ms: int = HOUR_MS
    # From the first photo byte to the last.
    filling_ms: int = HOUR_MS // 6

    def __post_init__(self) -> None:
        if not max(self.results_ms, self.uploads_ms) <= self.cap_ms <= 24 * HOUR_MS:
            raise ValueError("nothing is kept longer than the cap, and the cap is at most 24 hours")


@dataclass(frozen=True, slots=True)
class Holding:
    """What one data key opens, as the ledger has it. Times are milliseconds since 1970 by the database's clock."""

    id: str
    tenant: str
    sort: Sort
    state: State
    job: str | None
    first_byte_time: int
    hard_expire_time: int
    expire_time: int
    give_up_time: int | None
    ended_time: int | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        values = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**values | {"sort": Sort(row["sort"]), "state": State(row["state"])})

    @property
    def deadline(self) -> int:
        """When it ends if nothing else happens."""
        return self.expire_time if self.give_up_time is None else min(self.expire_time, self.give_up_time)

    def is_over(self, now: int) -> bool:
        return self.ended_time is not None or now >= self.deadline

    def binding(self, kind: Kind, index: int) -> Binding:
        return Binding(self.tenant, self.id, kind, index, self.hard_expire_time)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that can be read."""

    name: str
    kind: Kind
    index: int
    size_bytes: int


def new_id() -> str:
    """Says nothing, and cannot be guessed."""
    return secrets.token_hex(16)

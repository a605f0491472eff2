"""The words a gateway uses. UNKNOWN is one that this build does not know, from a newer server."""

from enum import StrEnum


class State(StrEnum):
    """Of a job."""

    UNKNOWN = "unknown"
    # It waits for its turn.
    QUEUED = "queued"
    RUNNING = "running"
    # Every picture that was asked for was kept.
    SUCCEEDED = "succeeded"
    # Some were: `Job.problem` says why not all.
    PARTIAL = "partial"
    # None were: `Job.problem` says why.
    FAILED = "failed"
    # What had been kept stays until expiry.
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Nothing will happen any more."""
        return self in {State.SUCCEEDED, State.PARTIAL, State.FAILED, State.CANCELLED}


class Stage(StrEnum):
    """What a job, or one picture of it, is going through."""

    UNKNOWN = "unknown"
    EMBED = "embed"
    GENERATE = "generate"
    VERIFY = "verify"
    UPSCALE = "upscale"
    STORE = "store"


class Tier(StrEnum):
    """How near a face is to its reference, on its recogniser's own scale; from far to near."""

    UNKNOWN = "unknown"
    # Not the same person, as far as the recogniser can tell.
    FAIL = "fail"
    MATCH = "match"
    # Plainly the same person.
    STRONG = "strong"
    # As near as two photos of one person taken minutes apart.
    LOCKED = "locked"


class Outcome(StrEnum):
    """What became of a render."""

    UNKNOWN = "unknown"
    KEPT = "kept"
    REJECTED = "rejected"
    # Good enough when rendered, but not after enlarging.
    REJECTED_AFTER_UPSCALE = "rejected after upscale"


class Kind(StrEnum):
    """How an image is encoded."""

    UNKNOWN = "unknown"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"

    @property
    def suffix(self) -> str:
        """Of a file: `.jpg`."""
        return ".jpg" if self is Kind.JPEG else f".{self}"


class Source(StrEnum):
    """How a picture came to be, as it says itself."""

    UNKNOWN = "unknown"
    # A model made it.
    TRAINED_ALGORITHMIC = "trained algorithmic"
    # It was made from the photo.
    COMPOSITE = "composite"


class Verdict(StrEnum):
    """What a photo is good for."""

    UNKNOWN = "unknown"
    ACCEPT = "accept"
    # It can be used; a better one would give better pictures.
    WARN = "warn"
    REFUSE = "refuse"


class Cause(StrEnum):
    """Why something was deleted."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    EXPIRED = "expired"
    # The upload broke off, or its photos could not be taken.
    INCOMPLETE = "incomplete"


class CommercialUse(StrEnum):
    """Whether what a model makes may be sold."""

    # The licence does not say; a human must decide.
    UNKNOWN = "unknown"
    YES = "yes"
    NO = "no"

"""The limits photos are judged by. Each says where it comes from; docs/thresholds.md shows the measurements."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from likeness.common.v1.reason_pb2 import Reason

from services.faces.quality import Quality


class Fault(enum.StrEnum):
    """What can be wrong with a photo; the names are the wire's reasons."""

    NO_FACE = enum.auto()
    MULTIPLE_FACES = enum.auto()
    FACE_TOO_SMALL = enum.auto()
    FACE_CUT_OFF = enum.auto()
    FACE_TURNED = enum.auto()
    BLURRED = enum.auto()
    BAD_EXPOSURE = enum.auto()
    LOW_QUALITY = enum.auto()
    IDENTITY_MISMATCH = enum.auto()

    @property
    def reason(self) -> Reason:
        return cast(Reason, Reason.Value(f"REASON_{self.name}"))


class Verdict(enum.IntEnum):
    """What a photo is good for, worst last."""

    ACCEPT = 1
    WARN = 2
    REFUSE = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a Quality, and how far it may go. Where refuse is below warn, less is worse."""

    fault: Fault
    field: str
    """Its name on the wire."""
    warn: float
    refuse: float | None
    value: Callable[[Quality], float]

    def judge(self, measured: float) -> tuple[Verdict, float]:
        """The verdict, and the limit that was passed (the nearer one where none was)."""
        if self.refuse is not None and self._beyond(measured, self.refuse):
            return Verdict.REFUSE, self.refuse
        return (Verdict.WARN if self._beyond(measured, self.warn) else Verdict.ACCEPT), self.warn

    def worth(self, measured: float) -> float:
        """1 on the right side of warn, falling evenly to _LEAST_WORTH at refuse and beyond."""
        end = self._end()
        lost = (self.warn - measured) / (self.warn - end)
        return 1.0 - (1.0 - _LEAST_WORTH) * min(max(lost, 0.0), 1.0)

    def _beyond(self, measured: float, limit: float) -> bool:
        return measured < limit if self._less_is_worse() else measured > limit

    def _less_is_worse(self) -> bool:
        return self._end() < self.warn

    def _end(self) -> float:
        return 2 * self.warn if self.refuse is None else self.refuse


# What a measure at its limit is worth in the score: two such together make a photo one not to go by.
_LEAST_WORTH = 0.3

# Where a photo made worse has drifted from itself by about 0.1, dlib's locked tier half used up: warn. By 0.3, where
# strong ends: refuse. docs/thresholds.md has the measurements; what is otherwise says why.
LIMITS: Sequence[Limit] = (
    # Stricter than dlib needs: ArcFace's crop has 112 pixels and dlib's 150, what is missing they invent, and so does a
    # generator. Insightface's own server refuses below 40.
    Limit(Fault.FACE_TOO_SMALL, "face_px", 80.0, 40.0, lambda quality: quality.face_px),
    # The square reaches from brow to chin, so a twentieth may be missing without any of the five points.
    Limit(Fault.FACE_CUT_OFF, "cut_off", 0.05, 0.20, lambda quality: quality.cut_off),
    # Half profile is where the far eye begins to go; insightface's server refuses beyond 45.
    Limit(Fault.FACE_TURNED, "yaw_deg", 30.0, 50.0, lambda quality: abs(quality.pose.yaw)),
    Limit(Fault.FACE_TURNED, "pitch_deg", 28.0, 45.0, lambda quality: abs(quality.pose.pitch)),
    # Alignment turns a leaning face upright; beyond 60 degrees it is the photo that lies on its side.
    Limit(Fault.FACE_TURNED, "roll_deg", 30.0, 60.0, lambda quality: abs(quality.pose.roll)),
    Limit(Fault.BLURRED, "sharpness", 0.19, 0.10, lambda quality: quality.sharpness),
    # Not brightness: dark skin is no fault of a photo. Lost detail is.
    Limit(Fault.BAD_EXPOSURE, "clipped", 0.25, 0.60, lambda quality: quality.clipped),
    Limit(Fault.BAD_EXPOSURE, "contrast", 0.045, 0.015, lambda quality: quality.contrast),
)

# Together they leave too little, though none of them alone.
LEAST_SCORE = 0.2
# Another face of at least this share of the largest one's area: nobody can tell who is meant.
RIVAL_SHARE = 0.45


def score_of(quality: Quality, limits: Sequence[Limit] = LIMITS) -> float:
    """All of it in one number, 0 to 1: the product of what each measure is worth."""
    score = 1.0
    for limit in limits:
        score *= limit.worth(limit.value(quality))
    return score

"""How far pictures have drifted from a person."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from likeness_wire.errors import LikenessError
from services.faces.embedding import Embedding, Recognition, matrix
from services.faces.fusion import Baseline, Fusion, baseline_of, fuse
from services.faces.limits import Fault, Verdict
from services.faces.refusals import different_people, refusal
from services.faces.report import Finding, Report
from services.faces.tiers import Tier, tier_of


class Status(enum.Enum):
    """Whether there is a number at all; named as on the wire."""

    MEASURED = 1
    NO_FACE = 2
    SEVERAL_FACES = 3
    FACE_TOO_SMALL = 4
    UNREADABLE = 5


_STATUSES = {
    Fault.NO_FACE: Status.NO_FACE,
    Fault.MULTIPLE_FACES: Status.SEVERAL_FACES,
    Fault.FACE_TOO_SMALL: Status.FACE_TOO_SMALL,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What one recogniser measures against. Lives as long as its call."""

    recognition: Recognition
    identity: Embedding = field(repr=False)
    singles: tuple[Embedding, ...] = field(repr=False)
    """Of single photos of the person."""
    baseline: Baseline | None

    def drift(self, seen: Embedding) -> float:
        return self.recognition.drift(self.identity, seen)

    def nearest(self, seen: Embedding) -> float | None:
        """Smallest drift to a single photo."""
        return min((self.recognition.drift(single, seen) for single in self.singles), default=None)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of one picture. Numbers only where there is one face to measure."""

    status: Status
    report: Report | None = None
    """Unset where it could not be decoded."""
    drift: float | None = None
    tier: Tier | None = None
    seconds: tuple[tuple[Recognition, float], ...] = ()
    """Drifts by further recognisers."""
    nearest: float | None = None
    copy: bool | None = None
    problem: LikenessError | None = None


def reference_of(
    recognition: Recognition, identity: Embedding | None, singles: Sequence[Embedding]
) -> Reference | None:
    """Their mean where there is no identity. None with neither. BadPhoto where the photos are of different people."""
    if singles:
        mean = fuse(recognition, singles, [1.0] * len(singles), Fusion.MEAN)
        if mean.embedding is None:
            limit = recognition.thresholds.stranger
            raise refusal(
                different_people(mean.strangers, float(mean.drifts.max()), limit),
                photos=",".join(map(str, mean.strangers)),
            )
        identity = identity or mean.embedding
    if identity is None:
        return None
    return Reference(recognition, identity, tuple(singles), baseline_of(matrix(recognition, singles)))


def unmeasurable(report: Report) -> Finding | None:
    """Why a picture has no drift, if it has none. One that is merely blurred or turned can be measured."""
    fatal = (finding for finding in report.findings if finding.verdict is Verdict.REFUSE)
    return next((finding for finding in fatal if finding.fault in _STATUSES), None)


def not_measured(report: Report, finding: Finding) -> Verified:
    return Verified(_STATUSES[finding.fault], report, problem=refusal(finding))


def verified(report: Report, references: Sequence[Reference], seen: Mapping[str, Embedding]) -> Verified:
    """The primary recogniser comes first among the references; `seen` is by recogniser id."""
    primary, *others = references
    face = seen[primary.recognition.id]
    drift, nearest = primary.drift(face), primary.nearest(face)
    copy = None if primary.baseline is None or nearest is None else nearest < primary.baseline.smallest
    return Verified(
        status=Status.MEASURED,
        report=report,
        drift=drift,
        tier=tier_of(drift, primary.recognition.thresholds),
        seconds=tuple((other.recognition, other.drift(seen[other.recognition.id])) for other in others),
        nearest=nearest,
        copy=copy,
    )


def ranking(pictures: Mapping[int, Verified]) -> list[int]:
    """By index: measured ones by drift, nearest first, then the others as they came."""
    return sorted(pictures, key=lambda index: (_drift(pictures[index]), index))


def _drift(picture: Verified) -> float:
    return np.inf if picture.drift is None else picture.drift

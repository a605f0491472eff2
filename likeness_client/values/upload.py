"""Photos that were sent, and what the embedder thinks of them."""

from dataclasses import dataclass
from datetime import datetime

from likeness_client.values.basics import Drift, Size
from likeness_client.values.words import Kind, Verdict


@dataclass(frozen=True, slots=True)
class Photo:
    """As it came. `size`: upright."""

    kind: Kind
    size: Size
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One to three photos of one person, encrypted with a key of their own, to be adopted by one job at most."""

    name: str
    photos: tuple[Photo, ...]
    # The job that has adopted it.
    job: str | None
    create_time: datetime
    # It may move earlier, never later.
    expire_time: datetime
    # Unreadable from then on, whatever happens.
    hard_expire_time: datetime


@dataclass(frozen=True, slots=True)
class Box:
    """In pixels of the upright photo; it may reach over the border."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Face:
    """`score`: the detector's confidence, on its own scale."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a face can be recognised, in numbers; `score`, 0 to 1, is all of it in one."""

    eye_distance_px: float
    face_px: float
    sharpness: float
    brightness: float
    contrast: float
    clipped: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    cut_off: float
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, and what the person can do about it. `reason`: BLURRED, NO_FACE, …"""

    reason: str
    verdict: Verdict
    advice: str
    # In one unit; None where there is no number.
    measured: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """One photo. `size` is None where it could not be decoded; `chosen` is the face that is meant."""

    index: int
    size: Size | None
    faces: tuple[Face, ...]
    chosen: int | None
    quality: Quality | None
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PairDrift:
    """How far apart two photos are, by index."""

    first: int
    second: int
    drift: Drift


@dataclass(frozen=True, slots=True)
class Inspection:
    """All photos of an upload. `usable`: whether a job would take it; `outliers` stand apart from the others."""

    usable: bool
    photos: tuple[PhotoReport, ...]
    drifts: tuple[PairDrift, ...]
    outliers: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def advice(self) -> tuple[str, ...]:
        """What the person can do, the photo named where one is meant."""
        each = [f"photo {report.index + 1}: {found.advice}" for report in self.photos for found in report.findings]
        return (*each, *(found.advice for found in self.findings))

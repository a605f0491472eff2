"""What answers of several kinds are made of."""

from dataclasses import dataclass
from datetime import timedelta

from likeness.common.v1.reason_pb2 import REASON_INTERNAL

from likeness_client.values.words import CommercialUse, Tier
from likeness_wire.errors import Internal, LikenessError, class_of, reason_named


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a face is from its reference: 0 is identical. Comparable within one recogniser alone."""

    recogniser_id: str
    value: float
    tier: Tier

    def __str__(self) -> str:
        return f"{self.value:.2f} {self.tier}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The largest drifts at which a recogniser grants each tier."""

    locked: float
    strong: float
    match: float


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A model that tells faces apart."""

    id: str
    dimensions: int
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Model:
    """Weights that took part. `digest`: SHA-256 in hex; `licence`: an SPDX id, or LicenseRef-…"""

    name: str
    digest: str
    licence: str
    commercial_use: CommercialUse


@dataclass(frozen=True, slots=True)
class MadeBy:
    """A service that took part. Engine "preview": the photo was restaged, nothing was synthesised."""

    # "embedder", "generator", "verifier", "upscaler" or "gateway"; empty where an older server does not say.
    service: str
    engine: str
    device: str
    models: tuple[Model, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall time of a stage. Stages may overlap."""

    stage: str
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure that is part of an answer. `reason`: NO_FACE, DRIFTED, …; `message`: what to do about it."""

    reason: str
    message: str
    metadata: dict[str, str]

    def error(self) -> LikenessError:
        """The same as an exception, for who wants to raise it."""
        reason = reason_named(self.reason)
        error = class_of(reason)(reason, self.message) if reason else Internal(REASON_INTERNAL, self.message)
        error.metadata = dict(self.metadata)
        return error

    def __str__(self) -> str:
        return f"{self.message} ({self.reason})"

"""Faces as numbers, and how far apart two of them are. Only embeddings of one recogniser are ever compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from likeness.common.v1 import reason_pb2 as reasons

from likeness_wire.errors import BadRequest

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The largest drifts at which a recogniser grants each tier; docs/thresholds.md says where they come from."""

    locked: float
    strong: float
    match: float
    stranger: float
    """Beyond this two photos are of different people, and no mean is made of them. Never below match: two honest photos
    of one person may well be further apart than a picture may be from its reference."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a recogniser's numbers are and what they are worth."""

    id: str
    """Name, weights digest and preprocessing: whatever changes the numbers changes the id."""
    length: int
    thresholds: Thresholds
    measure: Callable[[Vector, Vector], float] = field(repr=False)

    def check(self, embedding: "Embedding") -> "Embedding":
        """The same embedding, if it is one of this recogniser's and can be compared."""
        if embedding.recogniser_id != self.id:
            raise BadRequest(
                reasons.REASON_RECOGNISER_MISMATCH,
                "embeddings of different recognisers cannot be compared; embed the photos again with this one",
                expected=self.id,
            )
        return checked(embedding, self.length)

    def drift(self, one: "Embedding", other: "Embedding") -> float:
        """0 for the same numbers; docs/thresholds.md for what the rest means."""
        return self.measure(self.check(one).values, self.check(other).values)


@dataclass(frozen=True, slots=True)
class Embedding:
    """A face as one recogniser sees it: raw, float32, not normalised. It lives as long as its call."""

    recogniser_id: str
    values: Vector = field(repr=False)


def checked(embedding: Embedding, length: int) -> Embedding:
    """INVALID_EMBEDDING for numbers that no recogniser of that length makes."""
    values = embedding.values
    if values.shape != (length,):
        raise _invalid(f"expected {length} numbers, got {values.size}")
    if not np.isfinite(values).all():
        raise _invalid("it holds values that are not finite numbers")
    if not np.linalg.norm(values.astype(np.float64)) > 0:
        raise _invalid("its norm is zero")
    return embedding


def cosine_drift(one: Vector, other: Vector) -> float:
    """1 - cosine: 0 for the same direction, 1 for unrelated ones, 2 at most."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(np.clip(1.0 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), 0.0, 2.0))


@dataclass(frozen=True, slots=True)
class SquaredDistance:
    """Drift for recognisers that compare by Euclidean distance: its square, in units that put `line` at `drift_there`.

    For centred unit vectors 1 - cosine is half the squared distance, so this is the same thing for vectors whose centre
    is not the origin, without having to know where it is.
    """

    line: float
    drift_there: float

    def __call__(self, one: Vector, other: Vector) -> float:
        return self.of(float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64))))

    def of(self, distance: float) -> float:
        return self.drift_there * (distance / self.line) ** 2


def fingerprint(name: str, digest: str, preprocessing: str) -> str:
    """A recogniser's id. Sixteen digits of a digest are enough to tell weights apart, and can still be read aloud."""
    return f"{name}@{digest[:16]}/{preprocessing}"


def matrix(recognition: Recognition, embeddings: Sequence[Embedding]) -> npt.NDArray[np.float64]:
    """N x N drifts, symmetric, zero on the diagonal."""
    count = len(embeddings)
    drifts = np.zeros((count, count))
    for first in range(count):
        for second in range(first + 1, count):
            drifts[first, second] = recognition.drift(embeddings[first], embeddings[second])
    return drifts + drifts.T


def _invalid(what: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_EMBEDDING, f"the embedding cannot be used: {what}")

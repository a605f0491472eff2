"""One identity from several photos, and whether they show one person at all."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.faces.embedding import Embedding, Recognition, matrix

Drifts = npt.NDArray[np.float64]


class Fusion(enum.Enum):
    """How photos weigh in the mean."""

    QUALITY = enum.auto()
    """By their quality score."""
    MEAN = enum.auto()
    """All the same, as InstantID's authors do it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What several photos of a person amount to. Lives as long as its call."""

    embedding: Embedding | None = field(repr=False)
    """Unset where the photos do not show one person."""
    weights: tuple[float, ...]
    """One per photo, adding up to 1; a photo that stands apart has 0."""
    drifts: Drifts = field(repr=False)
    outliers: tuple[int, ...]
    """Photos that stand apart from the others. Of two that disagree: both."""
    strangers: tuple[int, ...]
    """Those among the outliers that show somebody else."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """How far apart genuine photos of one person are."""

    references: int
    smallest: float
    median: float
    largest: float


def fuse(recognition: Recognition, embeddings: Sequence[Embedding], scores: Sequence[float], how: Fusion) -> Identity:
    """The weighted mean of raw embeddings in float64, without normalising before or after.

    A photo that is further than `match` from the most central one stands apart and is left out of the mean, as long as
    at least two others agree; beyond `stranger` it is another person, and there is no mean.
    """
    drifts = matrix(recognition, embeddings)
    outliers = _beyond(drifts, recognition.thresholds.match)
    strangers = _beyond(drifts, recognition.thresholds.stranger)
    kept = np.array([not (index in outliers and len(embeddings) - len(outliers) >= 2) for index in range(len(scores))])
    weights = kept * (np.asarray(scores, dtype=np.float64) if how is Fusion.QUALITY else np.ones(len(scores)))
    weights = weights / weights.sum() if weights.sum() > 0 else kept / kept.sum()
    mean = None if strangers else Embedding(recognition.id, _mean(embeddings, weights))
    return Identity(mean, tuple(float(weight) for weight in weights), drifts, outliers, strangers)


def baseline_of(drifts: Drifts) -> Baseline | None:
    """Of two references or more; of fewer there is none."""
    count = len(drifts)
    if count < 2:
        return None
    pairs = drifts[np.triu_indices(count, k=1)]
    return Baseline(count, float(pairs.min()), float(np.median(pairs)), float(pairs.max()))


def _beyond(drifts: Drifts, limit: float) -> tuple[int, ...]:
    """Photos further than the limit from the one that is nearest to all others."""
    centre = int(drifts.sum(axis=1).argmin())
    far = drifts[centre] > limit
    # Between two nobody can say who is the odd one out.
    if len(drifts) == 2 and far.any():
        far[:] = True
    return tuple(int(index) for index in np.flatnonzero(far))


def _mean(embeddings: Sequence[Embedding], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    stacked = np.stack([embedding.values.astype(np.float64) for embedding in embeddings])
    mean: npt.NDArray[np.float32] = (weights @ stacked).astype(np.float32)
    return mean

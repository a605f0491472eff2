"""From the faces of several photos to one person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from likeness_wire.errors import LikenessError
from services.faces.embedding import Embedding, Recognition
from services.faces.fusion import Fusion, fuse
from services.faces.limits import Verdict
from services.faces.refusals import different_people, refusal
from services.faces.report import Finding, Report


@dataclass(frozen=True, slots=True)
class Photo:
    """What came of one photo. Lives as long as its call."""

    report: Report | None
    """Unset where it could not be decoded."""
    embedding: Embedding | None = field(default=None, repr=False)
    problem: LikenessError | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.REFUSE if self.report is None else self.report.verdict


@dataclass(frozen=True, slots=True)
class Person:
    """What the photos amount to; indices count all photos sent."""

    embedding: Embedding | None = field(repr=False)
    """Unset where no photo can be used, or where those that can do not show one person."""
    weights: tuple[float, ...]
    pairs: tuple[tuple[int, int, float], ...]
    """First photo, second photo, drift: of every two with a face, usable or not."""
    outliers: tuple[int, ...]
    strangers: tuple[int, ...]
    findings: tuple[Finding, ...]


def person_of(recognition: Recognition, photos: Sequence[Photo], how: Fusion) -> Person:
    """One identity from the photos that can be used, and how far apart all that have a face are."""
    usable = [
        (index, photo.embedding, photo.report.score)
        for index, photo in enumerate(photos)
        if photo.embedding is not None and photo.report is not None and photo.verdict is not Verdict.REFUSE
    ]
    if not usable:
        return Person(None, (0.0,) * len(photos), _pairs(recognition, photos), (), (), ())
    places, embeddings, scores = zip(*usable, strict=True)
    identity = fuse(recognition, embeddings, scores, how)
    weights = dict(zip(places, identity.weights, strict=True))
    strangers = tuple(places[index] for index in identity.strangers)
    return Person(
        embedding=identity.embedding,
        weights=tuple(weights.get(index, 0.0) for index in range(len(photos))),
        pairs=_pairs(recognition, photos),
        outliers=tuple(places[index] for index in identity.outliers),
        strangers=strangers,
        findings=_mismatch(recognition, strangers, float(identity.drifts.max())),
    )


def required(photos: Sequence[Photo], person: Person) -> Embedding:
    """The identity; or what is wrong with the first refused photo, or with all of them together."""
    for index, photo in enumerate(photos):
        if photo.problem is not None:
            photo.problem.metadata["photo"] = str(index)
            raise photo.problem
        if photo.report is not None and photo.report.verdict is Verdict.REFUSE:
            raise refusal(photo.report.findings[0], photo=index)
    if person.embedding is None:
        raise refusal(person.findings[0], photos=",".join(map(str, person.strangers)))
    return person.embedding


def _mismatch(recognition: Recognition, strangers: Sequence[int], furthest: float) -> tuple[Finding, ...]:
    if not strangers:
        return ()
    return (different_people(strangers, furthest, recognition.thresholds.stranger),)


def _pairs(recognition: Recognition, photos: Sequence[Photo]) -> tuple[tuple[int, int, float], ...]:
    found = [(index, photo.embedding) for index, photo in enumerate(photos) if photo.embedding is not None]
    return tuple(
        (first, second, recognition.drift(one, other))
        for place, (first, one) in enumerate(found)
        for second, other in found[place + 1 :]
    )

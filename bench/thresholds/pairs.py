"""How far apart two photos are: of strangers, of one photo restyled, of one person at different times."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from bench.thresholds.restyled import CHANGES, changed
from services.faces.embedding import Vector
from services.faces.engine import LocalEngine
from services.faces.face import Pixels


class Pair(NamedTuple):
    """Two photos and what dlib makes of them. Nothing from which a face could be made again."""

    kind: str
    """stranger, restyled or genuine."""
    one: str
    other: str
    distance: float
    """Euclidean, as dlib publishes its line."""
    drift: float


def of_strangers(engine: LocalEngine, people: Mapping[str, Vector]) -> Iterator[Pair]:
    for (one, first), (other, second) in combinations(people.items(), 2):
        yield _pair(engine, "stranger", one, other, first, second)


def of_restyled(engine: LocalEngine, photos: Mapping[str, Pixels], people: Mapping[str, Vector]) -> Iterator[Pair]:
    """A change after which no face is found makes no pair."""
    for person, photo in photos.items():
        for change in CHANGES:
            after = embedded(engine, changed(photo, change))
            if after is not None:
                yield _pair(engine, "restyled", person, change, people[person], after)


def of_genuine(engine: LocalEngine, people: Mapping[str, Sequence[Pixels]]) -> Iterator[Pair]:
    for person, photos in people.items():
        vectors = [vector for photo in photos if (vector := embedded(engine, photo)) is not None]
        for (one, first), (other, second) in combinations(enumerate(vectors, 1), 2):
            yield _pair(engine, "genuine", f"{person}-{one}", f"{person}-{other}", first, second)


def embedded(engine: LocalEngine, photo: Pixels) -> Vector | None:
    """The face that is meant, as numbers."""
    crops = engine.look(photo).crops
    return engine.embed(0, crops)[0] if crops else None


def _pair(engine: LocalEngine, kind: str, one: str, other: str, first: Vector, second: Vector) -> Pair:
    distance = float(np.linalg.norm(first.astype(np.float64) - second.astype(np.float64)))
    return Pair(kind, one, other, round(distance, 4), round(engine.recognitions[0].measure(first, second), 4))

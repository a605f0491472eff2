"""The person in the picture is the person in the photo, as dlib sees it."""

from collections.abc import Iterator

import numpy as np
import pytest

from bench.preview.photos import Judge
from bench.preview.stagings import stagings
from services.generator.preview.restaging import Restaging, Study
from tests.services.generator.preview.sitting import astronaut, request, run

# Of dlib's Euclidean distance, where 0.6 is a stranger.
MOST = 0.35


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    return Judge()


def test_every_style_keeps_the_person(judge: Judge) -> None:
    """All styles of the gateway, a seed each, at half the size."""
    wanted = request(size=(448, 576))
    study, own = Study(wanted.reference), judge.embedding(astronaut())
    distances = {}
    for seed, (style, staging) in enumerate(stagings().items()):
        making = Restaging(study, wanted, staging, seed)
        run(making.stages)
        distances[style] = float(np.linalg.norm(judge.embedding(making.finished()) - own))
    assert {} == {style: distance for style, distance in distances.items() if distance > MOST}

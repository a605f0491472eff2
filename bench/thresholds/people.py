"""The faces that packages bring: strangers to one another, one photo each."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from services.faces.engine import LocalEngine
from services.faces.face import Face, Pixels

# A head with its surroundings, in widths of its box.
_ROOM = 2.6
_SIDE = 480


def strangers(engine: LocalEngine) -> dict[str, Pixels]:
    """Seven people: the astronaut of scikit-image, and the six of insightface's t1.jpg, cut out from left to right."""
    import skimage.data

    alone = np.asarray(skimage.data.astronaut())  # type: ignore[no-untyped-call]
    people = {"astronaut": _cut(alone, engine)[0]}
    with (files("insightface") / "data" / "images" / "t1.jpg").open("rb") as file:
        group = np.asarray(Image.open(file).convert("RGB"))
    return people | {f"t1-{number}": person for number, person in enumerate(_cut(group, engine), 1)}


def genuine(folder: Path) -> dict[str, list[Pixels]]:
    """Several photos each of people who agreed to it: one folder a person."""
    return {person.name: list(_photos(person)) for person in sorted(folder.iterdir()) if person.is_dir()}


def _photos(person: Path) -> Iterator[Pixels]:
    for path in sorted(person.iterdir()):
        with Image.open(path) as image:
            yield np.asarray(image.convert("RGB"))


def _cut(photo: Pixels, engine: LocalEngine) -> list[Pixels]:
    faces = sorted(engine.look(photo).report.faces, key=lambda face: face.box.left)
    return [_portrait(photo, face) for face in faces]


def _portrait(photo: Pixels, face: Face) -> Pixels:
    x, y = (face.box.left + face.box.right) / 2, (face.box.top + face.box.bottom) / 2
    reach = face.box.width * _ROOM / 2
    piece = Image.fromarray(photo).crop((round(x - reach), round(y - reach), round(x + reach), round(y + reach)))
    return np.asarray(piece.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))

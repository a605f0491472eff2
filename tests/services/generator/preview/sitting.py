"""People to restage: the astronaut, who is in the public domain, and a drawn one whose outline is known exactly."""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from services.generator.call import Picture, Pixels, Prompt, Reference, Request
from services.generator.poses import POSES, placed
from services.generator.preview.restaging import Restaging, Study
from services.generator.preview.staging import Backdrop, Grade, Light, Staging, Texture

Points = NDArray[np.float32]

# dlib's, on skimage's astronaut.
ASTRONAUT: Points = np.array(
    [(143.7, 101.7), (186.6, 103.9), (165.4, 127.5), (141.1, 139.4), (185.9, 141.0)], np.float32
)
ASTRONAUT_BOX = (118.0, 83.0, 205.0, 170.0)

SMALL = (256, 320)
STYLED = Staging(
    backdrop=Backdrop(Texture.PLAIN, (0.6, 0.65, 0.7), (0.3, 0.35, 0.4), 0.95),
    light=Light(300, 0.3, 0.3),
    grade=Grade(0.05, 0.15, 0.05, -0.05, 0.2, 0.1),
    depth=0.7,
    variation=0.6,
)


@cache
def astronaut() -> Pixels:
    """Down to her chest, between flag and shuttle: 340 × 400."""
    photo = np.array(skimage.data.astronaut()[:400, 60:400], np.uint8)
    photo.setflags(write=False)
    return photo


@cache
def drawn() -> tuple[Pixels, NDArray[np.bool_], Points]:
    """A head on shoulders in front of a striped wall: the photo, 480 × 600, who is who in it, and the key points."""
    outline = np.zeros((600, 480), np.uint8)
    cv2.ellipse(outline, (240, 230), (78, 108), 0, 0, 360, 1, -1)
    cv2.rectangle(outline, (205, 300), (275, 420), 1, -1)
    cv2.ellipse(outline, (240, 590), (190, 190), 0, 180, 360, 1, -1)
    wall = np.where((np.arange(480) // 30 % 2)[None, :, None], [70, 110, 150], [90, 130, 165])
    photo = np.broadcast_to(wall, (600, 480, 3)).astype(np.uint8).copy()
    skin, shirt = (214, 170, 142), (120, 40, 44)
    photo[outline == 1] = skin
    photo[405:][outline[405:] == 1] = shirt
    points = np.array([(210, 215), (270, 215), (240, 250), (215, 284), (265, 284)], np.float32)
    return photo, outline.astype(bool), points


def request(
    photo: Pixels | None = None,
    points: Points = ASTRONAUT,
    *,
    staging: Staging | None = STYLED,
    seeds: tuple[int, ...] = (1,),
    size: tuple[int, int] = SMALL,
    pose: str = "front",
    **changes: Any,
) -> Request:
    """Of the astronaut, small, unless said otherwise."""
    given: dict[str, Any] = {
        "prompts": (Prompt(""),),
        "pictures": tuple(Picture(seed) for seed in seeds),
        "passes": (),
        "width": size[0],
        "height": size[1],
        "key_points": placed(POSES[pose], *size, points),
        "reference": Reference(astronaut() if photo is None else photo, points),
        "staging": staging,
    }
    return Request(**(given | changes))


@cache
def study() -> Study:
    """Of the astronaut; finding her takes longer than everything after it."""
    return Study(Reference(astronaut(), ASTRONAUT))


def made(wanted: Request, seed: int = 1) -> Restaging:
    """With all stages behind it."""
    reference = wanted.reference
    known = reference is not None and reference.photo is astronaut() and reference.key_points is ASTRONAUT
    staging = wanted.staging if isinstance(wanted.staging, Staging) else Staging()
    making = Restaging(study() if known else Study(reference), wanted, staging, seed)
    run(making.stages)
    return making


def run(stages: tuple[Callable[[], None], ...]) -> None:
    for stage in stages:
        stage()

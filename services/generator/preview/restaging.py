"""One picture, stage by stage. Each stage is short, and between two of them a caller may go away."""

from collections.abc import Callable

import cv2
import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from numpy.typing import NDArray

from likeness_wire.errors import BadRequest
from services.generator.call import Pixels, Reference, Request
from services.generator.preview.backdrop import painted
from services.generator.preview.compositing import composed, person_alone
from services.generator.preview.depth import Plate, plate
from services.generator.preview.finish import printed, sharpened
from services.generator.preview.framing import Matrix, canvas_for, framing, laid, outside, scale_of
from services.generator.preview.grading import graded
from services.generator.preview.lighting import lit
from services.generator.preview.matte import matte
from services.generator.preview.noise import generator
from services.generator.preview.silhouette import Silhouette, silhouette
from services.generator.preview.sitter import Floats, Sitter
from services.generator.preview.staging import Staging
from services.generator.preview.tones import shares
from services.generator.preview.variation import varied

# The photo's own background is never sharper than this where the photo has to be continued, in units of the face.
_SEAM = 0.5

# How much of depth and backdrop is there even if nothing is certain about who is in front of it.
_LEAST_TRUST = 0.3


class Study:
    """What all pictures of a call share: who is where in the photo. Made when the first of them needs it."""

    def __init__(self, reference: Reference | None) -> None:
        if reference is None:
            raise _refusal("this engine needs the photo, and the face in it with key points")
        self.photo = reference.photo
        self.points = reference.key_points
        if not ((self.points >= 0) & (self.points <= self.size)).all():
            raise _refusal("the face's key points have to lie in the photo")
        self._who: Silhouette | None = None

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.photo.shape[:2]
        return width, height

    def who(self) -> Silhouette:
        if self._who is None:
            self._who = silhouette(self.photo, Sitter.from_points(self.points))
        return self._who


class Restaging:
    """A picture in the making. `stages` are to be called in order; `shown` is how far it is."""

    prepared = 3
    """Stages that find out what is there; the others change how it looks."""

    # Set by the stages, in this order.
    _matrix: Matrix
    _beyond: Floats
    _laid: NDArray[np.uint8]
    _sitter: Sitter
    _person: Floats
    _plate: Plate
    _picture: Floats

    def __init__(self, study: Study, request: Request, staging: Staging, seed: int) -> None:
        self._study = study
        self._request = request
        self._seed = seed
        self._varied = varied(staging, seed)
        self._staging = self._varied.staging
        self.stages: tuple[Callable[[], None], ...] = (
            self.find,
            self.frame,
            self.cut,
            self.set,
            self.light,
            self.grade,
        )

    def shown(self) -> Pixels | None:
        """A look at it, once there is one."""
        if hasattr(self, "_picture"):
            return printed(self._picture, None)
        return getattr(self, "_laid", None)

    @property
    def person(self) -> Floats:
        """How far each pixel is the person, (h, w), once they are cut out."""
        return self._person

    @property
    def key_points(self) -> NDArray[np.float32]:
        """Where the face came to lie, (5, 2): not always where the pose wanted it."""
        turn, shift = self._matrix[:, :2], self._matrix[:, 2]
        return (self._study.points @ turn.T + shift).astype(np.float32)

    def find(self) -> None:
        """Finds the person in the photo."""
        self._study.who()

    def frame(self) -> None:
        """Lays the photo on the canvas."""
        study, request = self._study, self._request
        side = np.array([request.width, request.height], np.float32)
        canvas = canvas_for(
            request.key_points, request.width, request.height, self._varied.shift * side, self._varied.zoom
        )
        self._matrix = framing(study.size, study.points, study.who(), canvas)
        self._laid = sharpened(laid(study.photo, self._matrix, canvas), scale_of(self._matrix))
        self._sitter = Sitter.from_points(study.points).moved(self._matrix)
        self._beyond = outside(study.size, self._matrix, canvas, _SEAM * self._sitter.unit)

    def cut(self) -> None:
        """Tells the person from what is behind them, at the size of the canvas."""
        self._person = matte(self._laid, self._study.who(), self._matrix, self._sitter)

    def set(self) -> None:
        """Puts the background out of focus, or another one there."""
        staging = self._staging
        picture = shares(self._laid)
        self._plate = plate(self._laid, self._person, self._beyond, staging.depth * self._trust())
        old = _enlarged(self._plate.sharp, picture)
        behind = self._behind(picture)
        alone = person_alone(picture, self._person, old, self._sitter.unit)
        self._picture = composed(alone, self._person, behind, self._sitter.unit)

    def light(self) -> None:
        if self._staging.light is not None:
            self._picture = lit(self._picture, self._person, self._sitter, self._staging.light)

    def grade(self) -> None:
        if self._staging.grade is not None:
            self._picture = graded(self._picture, self._staging.grade, generator(self._seed, "grain"))

    def run(self) -> Pixels:
        """All of it at once."""
        for stage in self.stages:
            stage()
        return self.finished()

    def finished(self) -> Pixels:
        """RGB, as large as the canvas."""
        return printed(self._picture, generator(self._seed, "print"))

    def _behind(self, picture: Floats) -> Floats:
        staging = self._staging
        scene = self._plate.blurred
        if staging.backdrop is not None and staging.backdrop.cover > 0:
            height, width = scene.shape[:2]
            cloth = painted(staging.backdrop, width, height, self._varied.glow, generator(self._seed, "backdrop"))
            scene = scene + np.float32(staging.backdrop.cover * self._trust()) * (cloth - scene)
        soft = _enlarged(scene, picture)
        sharp = self._sharpness()
        return soft if sharp is None else np.asarray(soft + sharp * (picture - soft), np.float32)

    def _trust(self) -> float:
        """A backdrop shows what the mask got wrong; the photo's own background, a little out of focus, hides it."""
        return _LEAST_TRUST + (1 - _LEAST_TRUST) * self._study.who().agreement

    def _sharpness(self) -> Floats | None:
        """How much of the photo's own, sharp background is left: none of it once anything was asked for."""
        staging = self._staging
        if staging.depth > 0 or (staging.backdrop is not None and staging.backdrop.cover > 0):
            return None
        return (1 - self._beyond)[..., None]


def _refusal(right: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_FIELD, f"reference: {right}", fields={"reference": right})


def _enlarged(coarse: Floats, like: Floats) -> Floats:
    return np.asarray(cv2.resize(coarse, like.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.float32)

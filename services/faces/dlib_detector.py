"""dlib's two detectors, one proposing and one confirming.

HOG is fast and sees faces from the front, but takes cartoons and badges for faces. The CNN is not fooled and sees heads
at any angle, but costs 4 µs a pixel: so it looks at a small window around each proposal, and at the whole photo only
when there is none.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import dlib
import numpy as np
from PIL import Image

from services.faces.crop import warped
from services.faces.face import Box, Face, Pixels, Points
from services.faces.geometry import Matrix, five_of_68, inverse, rotation_about, transform
from services.faces.limits import RIVAL_SHARE

_GREY = (128, 128, 128)
# The CNN was trained on faces of 80 pixels and misses them below 70; 1.6 faces of surroundings are enough for it.
_CNN_FACE, _CNN_WINDOW = 80, 128
# Twice HOG's own window: enough pixels for the landmarks, few enough that noise is averaged away.
_LANDMARK_FACE, _LANDMARK_WINDOW = 160, 320
# At this size HOG, after one upsampling, finds faces from one sixteenth of the longer side.
_SIDE = 640
# The whole photo for the CNN: faces from two fifths of the longer side, in a fifth of a second.
_SURVEY_SIDE = 200
# More proposals than this are wallpaper.
_MOST = 12
# HOG's score for what it does not call a face, and faces in profile get. Lower, and wallpaper comes too.
_HARDLY = -0.3
_SAME = 0.3
# Angles at which HOG is asked again: all round a face that only the CNN saw, and around the one it was found at.
_ROUND = (0, -20, 20, -40, 40, -60, 60, 90, -90, 180)
_NEARBY = (0, -15, 15, -30, 30)
# A window for that: HOG's own 80 pixels fit in at every size a face may have there.
_TURN_FACE, _TURN_WINDOW = 100, 220


class Look(NamedTuple):
    """One way to run HOG over a photo."""

    degrees: float
    upsample: int
    margin: float
    """Grey added on each side, as a share of the longer one: a face that fills the frame needs surroundings."""
    side: int


# Each only where those before saw no face: upright, leaning (HOG itself stands 20 to 30 degrees), close up, lying.
LOOKS: Sequence[tuple[Look, ...]] = (
    (Look(0, 1, 0.0, _SIDE),),
    (Look(-40, 1, 0.0, _SIDE), Look(40, 1, 0.0, _SIDE)),
    (Look(0, 0, 0.4, _SIDE // 2),),
    (Look(90, 0, 0.0, _SIDE), Look(-90, 0, 0.0, _SIDE), Look(180, 0, 0.0, _SIDE)),
)
# Beside a face that was found: large ones only, so without upsampling, and on no more pixels than show them.
BESIDE: Sequence[Look] = (Look(-30, 0, 0.0, _SIDE), Look(30, 0, 0.0, _SIDE))
# HOG's own window is 80 pixels wide; a tenth more, and it misses none for its grid.
_BESIDE_FACE = 88


class Overview:
    """The whole photo, made small once for all looks at it."""

    def __init__(self, photo: Pixels) -> None:
        height, width = photo.shape[:2]
        self.longer = max(height, width)
        self._size = width, height
        self._scale = min(1.0, _SIDE / self.longer)
        small = max(1, round(width * self._scale)), max(1, round(height * self._scale))
        # For looking, not for measuring: a third of the price of Lanczos.
        self._pixels = np.asarray(Image.fromarray(photo).resize(small, Image.Resampling.HAMMING))

    def seen(self, look: Look) -> tuple[Pixels, Matrix]:
        """What the look shows, and the way back from there to the photo."""
        matrix, size = _view(*self._size, look)
        nearer = matrix.copy()
        nearer[:, :2] /= self._scale
        if size == self._pixels.shape[1::-1] and np.allclose(nearer, np.eye(2, 3)):
            return self._pixels, inverse(matrix)  # which moving it by nothing would make again, in 10 ms
        return warped(self._pixels, nearer, size, _GREY), inverse(matrix)


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A square in the photo, and the angle at which a face would stand upright in it."""

    x: float
    y: float
    side: float
    degrees: float
    score: float = 0.0
    """HOG's; below 0 it does not call it a face."""

    def window(self, size: int, face: int) -> Matrix:
        """Maps the photo to a window of that size with the face upright in the middle, `face` pixels wide."""
        matrix = rotation_about(self.degrees, (self.x, self.y), (0, 0)) * (face / self.side)
        matrix[:, 2] += size / 2
        return matrix

    def box(self) -> Box:
        half = self.side / 2
        return Box(self.x - half, self.y - half, self.x + half, self.y + half)


class DlibDetector:
    """Loads for half a second and holds 110 MB. It keeps the GIL while the CNN runs."""

    def __init__(self, cnn_file: str, landmarks_file: str) -> None:
        # HOG needs no GIL, and remembers what it looks at: one for each of the looks that are taken together.
        hog = dlib.get_frontal_face_detector()  # which takes a fifth of a second; a copy takes none
        self._hogs = [deepcopy(hog) for _ in range(max(map(len, LOOKS)))]
        self._threads = ThreadPoolExecutor(len(self._hogs), "hog")
        self._cnn = dlib.cnn_face_detection_model_v1(cnn_file)
        self._landmarks = dlib.shape_predictor(landmarks_file)

    def find(self, photo: Pixels) -> list[Face]:
        """Every face that both detectors see; one that only the CNN sees is marked as unconfirmed."""
        overview = Overview(photo)
        for looks in LOOKS:
            proposals = self._proposed(overview, looks)
            if faces := self._confirmed(photo, [each for each in proposals if each.score >= 0][:_MOST]):
                return faces + self._beside(photo, overview, faces, [each for each in proposals if each.score < 0])
        return self._surveyed(photo, overview)

    def _proposed(self, overview: Overview, looks: Sequence[Look]) -> list[_Proposal]:
        """HOG's squares, look by look."""
        found = self._threads.map(partial(_looked, overview), looks, self._hogs)
        return [proposal for proposals in found for proposal in proposals]

    def _confirmed(self, photo: Pixels, proposals: Sequence[_Proposal]) -> list[Face]:
        """Those in which the CNN sees a face too."""
        faces: list[Face] = []
        for proposal in proposals:
            if not _known(proposal.box(), faces) and (score := self._sees(photo, proposal)) is not None:
                faces.append(self._face(photo, proposal, score))
        return faces

    def _beside(
        self, photo: Pixels, overview: Overview, faces: Sequence[Face], hardly: Sequence[_Proposal]
    ) -> list[Face]:
        """Somebody as near to the camera, leaning or in profile, whom the first look missed: who is meant, then?"""
        least = RIVAL_SHARE * max(face.box.area for face in faces)
        side = min(_SIDE, round(overview.longer * _BESIDE_FACE / math.sqrt(least)))
        looks = [look._replace(side=side) for look in BESIDE]
        leaning = [each for each in self._proposed(overview, looks) if each.score >= 0]
        found: list[Face] = []
        for each in [*leaning, *hardly]:
            if each.box().area < least or _known(each.box(), [*faces, *found]):
                continue
            if (score := self._sees(photo, each)) is not None:
                found.append(replace(self._face(photo, each, score), unconfirmed=each.score < 0))
        return found

    def _sees(self, photo: Pixels, proposal: _Proposal) -> float | None:
        """The CNN's confidence that a face is there."""
        window = proposal.window(_CNN_WINDOW, _CNN_FACE)
        seen = self._found(warped(photo, window, (_CNN_WINDOW, _CNN_WINDOW), _GREY), inverse(window))
        return next((score for box, score in seen if box.overlap(proposal.box()) >= _SAME), None)

    def _surveyed(self, photo: Pixels, overview: Overview) -> list[Face]:
        """What the CNN sees in the whole photo, each turned until HOG sees it too."""
        faces: list[Face] = []
        for seen, score in self._found(*overview.seen(Look(0, 0, 0.15, _SURVEY_SIDE))):
            if _known(seen, faces):
                continue
            standing = self._stood_up(photo, _around(seen), _ROUND)
            faces.append(self._alone(photo, seen, score) if standing is None else self._face(photo, standing, score))
        return faces

    def _found(self, pixels: Pixels, back: Matrix) -> list[tuple[Box, float]]:
        """The CNN's boxes and confidences, in pixels of the photo."""
        scale = float(np.sqrt(np.linalg.det(back[:, :2])))
        found = []
        for one in self._cnn(np.ascontiguousarray(pixels), 0):
            x, y = (float(number) for number in transform(np.array([_middle(one.rect)]), back)[0])
            found.append((_Proposal(x, y, one.rect.width() * scale, 0.0).box(), float(one.confidence)))
        return found

    def _stood_up(self, photo: Pixels, found: _Proposal, angles: Sequence[float]) -> _Proposal | None:
        """The same face at the angle at which HOG likes it best, if at any."""
        best: tuple[float, _Proposal] | None = None
        for angle in angles:
            turned = replace(found, degrees=found.degrees + angle)
            window = turned.window(_TURN_WINDOW, _TURN_FACE)
            pixels = warped(photo, window, (_TURN_WINDOW, _TURN_WINDOW), _GREY)
            rectangles, scores, _ = self._hogs[0].run(pixels, 0, 0.0)
            if len(scores) and (best is None or scores[0] > best[0]):
                x, y = (float(n) for n in transform(np.array([_middle(rectangles[0])]), inverse(window))[0])
                side = rectangles[0].width() * found.side / _TURN_FACE
                best = scores[0], replace(turned, x=x, y=y, side=side)
        return None if best is None else best[1]

    def _face(self, photo: Pixels, proposal: _Proposal, score: float) -> Face:
        if proposal.degrees:
            # The looks are far apart, and landmarks go wrong on a head that still leans by thirty degrees.
            proposal = self._stood_up(photo, proposal, _NEARBY) or proposal
        landmarks = self._landmarks_of(photo, proposal)
        return Face(proposal.box(), score, five_of_68(landmarks), landmarks)

    def _alone(self, photo: Pixels, seen: Box, score: float) -> Face:
        return replace(self._face(photo, _around(seen), score), unconfirmed=True)

    def _landmarks_of(self, photo: Pixels, proposal: _Proposal) -> Points:
        window = proposal.window(_LANDMARK_WINDOW, _LANDMARK_FACE)
        near, far = (_LANDMARK_WINDOW - _LANDMARK_FACE) // 2, (_LANDMARK_WINDOW + _LANDMARK_FACE) // 2
        pixels = warped(photo, window, (_LANDMARK_WINDOW, _LANDMARK_WINDOW), _GREY)
        parts = self._landmarks(np.ascontiguousarray(pixels), dlib.rectangle(near, near, far, far)).parts()
        return transform(np.array([(part.x, part.y) for part in parts], dtype=np.float32), inverse(window))


def _looked(overview: Overview, look: Look, hog: Any) -> list[_Proposal]:
    """Likeliest first."""
    pixels, back = overview.seen(look)
    scale = float(np.sqrt(np.linalg.det(back[:, :2])))
    rectangles, scores, _ = hog.run(pixels, look.upsample, _HARDLY)
    middles = transform(np.array([_middle(each) for each in rectangles], np.float32).reshape(-1, 2), back)
    return [
        _Proposal(float(x), float(y), each.width() * scale, look.degrees, float(score))
        for each, (x, y), score in zip(rectangles, middles, scores, strict=True)
    ]


def _view(width: int, height: int, look: Look) -> tuple[Matrix, tuple[int, int]]:
    """Maps the whole photo, turned and with margins, to a picture whose longer side is about look.side."""
    scale = look.side / max(height, width)
    turn = rotation_about(look.degrees, (width / 2, height / 2), (0, 0)) * scale
    reach = np.abs(turn[:, :2]) @ np.array([width, height]) + 2 * look.margin * look.side
    turn[:, 2] += reach / 2
    return turn, (max(1, round(float(reach[0]))), max(1, round(float(reach[1]))))


def _middle(rectangle: dlib.rectangle) -> tuple[float, float]:
    return (rectangle.left() + rectangle.right() + 1) / 2, (rectangle.top() + rectangle.bottom() + 1) / 2


def _around(box: Box) -> _Proposal:
    return _Proposal((box.left + box.right) / 2, (box.top + box.bottom) / 2, max(box.width, box.height), 0.0)


def _known(box: Box, faces: Sequence[Face]) -> bool:
    return any(face.box.overlap(box) >= _SAME for face in faces)

"""dlib's recogniser: 128 numbers from a 150 x 150 crop aligned by the 68 landmarks."""

from collections.abc import Sequence

import dlib
import numpy as np

from services.faces.dlib_scale import recognition
from services.faces.embedding import Vector
from services.faces.face import Face, Pixels

_PADDING = 0.25


class DlibRecogniser:
    """It keeps the GIL while it runs, about 75 ms a face on one core; batches save it nothing."""

    side = 150

    def __init__(self, weights_file: str, digest: str) -> None:
        self._network = dlib.face_recognition_model_v1(weights_file)
        self.recognition = recognition(digest)

    def crop(self, photo: Pixels, face: Face) -> Pixels:
        """150 x 150 by dlib's own alignment."""
        if face.landmarks is None:
            raise ValueError("dlib aligns by 68 landmarks, and this face has none")
        box = face.box
        edges = (round(edge) for edge in (box.left, box.top, box.right, box.bottom))
        points = dlib.points([dlib.point(int(x), int(y)) for x, y in np.rint(face.landmarks)])
        shape = dlib.full_object_detection(dlib.rectangle(*edges), points)
        return np.asarray(dlib.get_face_chip(np.ascontiguousarray(photo), shape, size=self.side, padding=_PADDING))

    def embed(self, crops: Sequence[Pixels]) -> list[Vector]:
        if not crops:
            return []
        return [np.array(one, dtype=np.float32) for one in self._network.compute_face_descriptor(list(crops))]

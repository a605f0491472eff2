"""ArcFace, insightface's recogniser: 512 numbers from a 112 x 112 crop."""

from collections.abc import Sequence

import cv2
import numpy as np
import onnxruntime as ort

from services.common.startup import StartupError
from services.faces.embedding import Recognition, Thresholds, Vector, cosine_drift, fingerprint
from services.faces.face import Face, Pixels
from services.faces.geometry import TEMPLATE_SIZE, to_template

PREPROCESSING = "five-points-112-rgb"
# InstantID's published mean drift is 0.25 to 0.39; insightface's own line for one false match in a million is a cosine
# of 0.41, from which 0.30 is one in a few thousand. docs/thresholds.md.
ARCFACE = Thresholds(locked=0.18, strong=0.30, match=0.55, stranger=0.70)
# The same network and loss, trained on other data, so the same scale to begin with; not measured yet, and its own to
# change. docs/thresholds.md.
AURAFACE = Thresholds(locked=0.18, strong=0.30, match=0.55, stranger=0.70)
_KNOWN = {"antelopev2": ARCFACE, "auraface-v1": AURAFACE}


def thresholds_of(model: str) -> Thresholds:
    """Those measured for a model of the lock; ArcFace's for other models with its loss."""
    return _KNOWN.get(model, ARCFACE)


class ArcFace:
    """One session; crops of many calls in one run."""

    side = TEMPLATE_SIZE

    def __init__(
        self, session: ort.InferenceSession, name: str, digest: str, thresholds: Thresholds, *, max_batch: int = 32
    ) -> None:
        """`digest`: sha256 of the weights, hex. `max_batch`: crops in one run; bounds what the device must hold."""
        given, made = session.get_inputs()[0], session.get_outputs()
        if list(given.shape[1:]) != [3, TEMPLATE_SIZE, TEMPLATE_SIZE] or len(made) != 1 or len(made[0].shape) != 2:
            raise StartupError(f"{name} is no ArcFace recogniser: it takes {given.shape}")
        self._session = session
        self._input = given.name
        self._output = made[0].name
        self._max_batch = max_batch if isinstance(given.shape[0], str) or given.shape[0] is None else given.shape[0]
        self.recognition = Recognition(
            fingerprint(name, digest, PREPROCESSING), int(made[0].shape[1]), thresholds, cosine_drift
        )

    def crop(self, photo: Pixels, face: Face) -> Pixels:
        """112 x 112; black where the photo ends."""
        size = (TEMPLATE_SIZE, TEMPLATE_SIZE)
        return np.asarray(cv2.warpAffine(photo, to_template(face.key_points), size, borderValue=0.0), dtype=np.uint8)

    def embed(self, crops: Sequence[Pixels]) -> list[Vector]:
        vectors: list[Vector] = []
        for start in range(0, len(crops), self._max_batch):
            vectors += list(self._run(np.stack(crops[start : start + self._max_batch])))
        return vectors

    def _run(self, crops: Pixels) -> Vector:
        """N x 112 x 112 x 3 to N x length."""
        planes = (crops.astype(np.float32) - np.float32(127.5)) * np.float32(1 / 127.5)
        fed = np.ascontiguousarray(planes.transpose(0, 3, 1, 2))
        made: Vector = self._session.run([self._output], {self._input: fed})[0]
        return made

"""The public-domain demo photo, whole and as other people would have sent it, with the face in it."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from services.faces.dlib_detector import DlibDetector
from services.faces.dlib_recogniser import DlibRecogniser
from services.faces.face import Face

Pixels = NDArray[np.uint8]


class Judge:
    """Finds faces, and tells how far apart two are: dlib's Euclidean distance, where 0.6 is another person."""

    def __init__(self) -> None:
        found = find_spec("face_recognition_models")
        if found is None or found.origin is None:
            raise SystemExit("face-recognition-models is not installed; it comes with the `embedded` extra")
        models = Path(found.origin).parent / "models"
        self._detector = DlibDetector(
            str(models / "mmod_human_face_detector.dat"), str(models / "shape_predictor_68_face_landmarks.dat")
        )
        self._recogniser = DlibRecogniser(str(models / "dlib_face_recognition_resnet_model_v1.dat"), "bench")

    def face(self, picture: Pixels) -> Face:
        """The only one in it, or the largest."""
        faces = self._detector.find(picture)
        if not faces:
            raise SystemExit("no face was found in a picture")
        return max(faces, key=lambda face: face.box.area)

    def embedding(self, picture: Pixels) -> NDArray[np.float32]:
        (vector,) = self._recogniser.embed([self._recogniser.crop(picture, self.face(picture))])
        return np.asarray(vector, np.float32)


def photos() -> dict[str, Pixels]:
    """The whole photo, a wide crop, a tall one, a close one, and a small face in a large one."""
    whole = np.asarray(skimage.data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    tiny = np.asarray(Image.fromarray(whole).resize((300, 300), Image.Resampling.LANCZOS))
    return {
        "whole": whole,
        "wide": whole[:300].copy(),
        "tall": whole[:, 130:330].copy(),
        "close": whole[40:230, 140:310].copy(),
        "small": tiny,
    }

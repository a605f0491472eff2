"""The recogniser against insightface's own, on the same random weights."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.utils import face_align

from services.common.startup import StartupError
from services.faces.arcface import ARCFACE, AURAFACE, ArcFace
from services.faces.face import Box, Face, Pixels
from tests.services.faces import onnx_models, photos

# insightface calls a function of scikit-image that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:.estimate. is deprecated:FutureWarning")

CPU = ["CPUExecutionProvider"]
DIGEST = "ab" * 32
# The astronaut's, by dlib's landmarks.
FACE = Face(
    Box(178, 83, 264, 169),
    1.0,
    np.array([[203.6, 101.2], [245.5, 102.3], [225.5, 127], [201, 139], [246.5, 141]], dtype=np.float32),
)


def session(path: Path) -> ort.InferenceSession:
    return ort.InferenceSession(str(path), providers=CPU)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return onnx_models.random_arcface(tmp_path / "arcface.onnx")


@pytest.fixture
def recogniser(model: Path) -> ArcFace:
    return ArcFace(session(model), "arcface", DIGEST, ARCFACE)


def test_the_crop_is_insightface_s(recogniser: ArcFace) -> None:
    """Same matrix, same warp, same black border. Theirs is fitted in float32: a pixel in a hundred is off by one."""
    for photo, face in [(photos.astronaut(), FACE), (photos.six_people(), FACE.scaled(0.2))]:
        expected = face_align.norm_crop(photo, face.key_points).astype(int)
        difference = np.abs(recogniser.crop(photo, face) - expected)

        assert difference.max() <= 1
        assert difference.mean() < 0.01


def test_the_embedding_is_insightface_s_to_float_noise(recogniser: ArcFace, model: Path) -> None:
    """Raw, of the same crop: insightface is given blue first, as it wants it."""
    crop = recogniser.crop(photos.astronaut(), FACE)
    expected = ArcFaceONNX(str(model), session(model)).get_feat(np.ascontiguousarray(crop[..., ::-1])).ravel()
    (ours,) = recogniser.embed([crop])

    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)
    assert ours.dtype == np.float32


def test_from_photo_to_drift_insightface_agrees(recogniser: ArcFace, model: Path) -> None:
    """Crop and embedding together: the same face to one part in a million."""
    theirs = ArcFaceONNX(str(model), session(model))
    expected = theirs.get_feat(face_align.norm_crop(photos.astronaut()[..., ::-1], FACE.key_points)).ravel()
    (ours,) = recogniser.embed([recogniser.crop(photos.astronaut(), FACE)])

    assert recogniser.recognition.measure(ours, expected) < 1e-6


def test_red_is_not_blue(recogniser: ArcFace) -> None:
    """Swapped channels give another person: the test above would notice."""
    crop = recogniser.crop(photos.astronaut(), FACE)
    right, wrong = recogniser.embed([crop, np.ascontiguousarray(crop[..., ::-1])])

    assert recogniser.recognition.measure(right, wrong) > 0.001


@pytest.mark.parametrize("max_batch", [1, 3, 64])
def test_faces_together_are_as_faces_alone(model: Path, max_batch: int) -> None:
    """Whatever shares a run, and in whatever portions, each face has its own numbers in its own place."""
    crops: list[Pixels] = [np.roll(photos.astronaut()[:112, :112], shift, axis=0) for shift in range(7)]
    recogniser = ArcFace(session(model), "arcface", DIGEST, ARCFACE, max_batch=max_batch)
    alone = [recogniser.embed([crop])[0] for crop in crops]

    np.testing.assert_allclose(recogniser.embed(crops), alone, rtol=1e-5, atol=1e-5)
    assert recogniser.embed([]) == []


def test_a_model_that_takes_one_face_at_a_time_gets_one(tmp_path: Path) -> None:
    """Some exports fix the batch."""
    model = onnx_models.random_arcface(tmp_path / "one.onnx", batch=1)
    recogniser = ArcFace(session(model), "one", DIGEST, ARCFACE)

    assert len(recogniser.embed([recogniser.crop(photos.astronaut(), FACE)] * 3)) == 3


def test_the_id_tells_weights_apart(model: Path) -> None:
    """The same file name with other bytes is another recogniser, with thresholds of its own."""
    one = ArcFace(session(model), "glintr100", "ab" * 32, ARCFACE).recognition
    other = ArcFace(session(model), "glintr100", "cd" * 32, AURAFACE).recognition

    assert one.id == "glintr100@abababababababab/five-points-112-rgb"
    assert one.id != other.id
    assert one.length == 512


def test_a_network_of_another_kind_is_refused_at_start(tmp_path: Path) -> None:
    """A detector where the recogniser should be."""
    model = onnx_models.random_scrfd(tmp_path / "scrfd.onnx")

    with pytest.raises(StartupError, match="no ArcFace recogniser"):
        ArcFace(session(model), "scrfd", DIGEST, ARCFACE)

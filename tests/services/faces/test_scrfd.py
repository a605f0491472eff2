"""The detector against insightface's own, on the same random weights."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from insightface.model_zoo.scrfd import SCRFD

from services.common.startup import StartupError
from services.faces.face import Pixels
from services.faces.scrfd import CANVAS, RUNGS, Scrfd, blob, placed
from tests.services.faces import onnx_models, photos

CPU = ["CPUExecutionProvider"]


def reference(model: Path, photo: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """insightface's boxes with scores, and points, at one pinned size."""
    detector = SCRFD(str(model), ort.InferenceSession(str(model), providers=CPU))
    detector.prepare(-1, input_size=(CANVAS, CANVAS), det_thresh=0.5)
    boxes, points = detector.detect(photo[..., ::-1])
    return boxes, points


@pytest.mark.parametrize("batch_axis", [False, True], ids=["rows", "batch axis kept"])
@pytest.mark.parametrize("photo", [photos.astronaut(), photos.six_people(), photos.portrait(900)[:, :500]], ids=len)
def test_it_finds_what_insightface_finds(tmp_path: Path, photo: Pixels, batch_axis: bool) -> None:
    """The same faces in the same order, boxes, scores and points to float noise, in square, wide and tall photos."""
    model = onnx_models.random_scrfd(tmp_path / "scrfd.onnx", batch_axis=batch_axis)
    boxes, points = reference(model, photo)
    faces = Scrfd(ort.InferenceSession(str(model), providers=CPU)).find(photo)

    assert len(boxes) > 5
    assert len(boxes) == len(faces)
    ours = [[face.box.left, face.box.top, face.box.right, face.box.bottom, face.score] for face in faces]
    np.testing.assert_allclose(ours, boxes, rtol=1e-4, atol=2e-3)
    np.testing.assert_allclose(np.stack([face.key_points for face in faces]), points, rtol=1e-4, atol=2e-3)


def test_the_network_is_fed_what_insightface_feeds_it() -> None:
    """Same resize, same corner, same normalisation."""
    photo = photos.six_people()
    detector = SCRFD.__new__(SCRFD)
    detector.input_mean, detector.input_std = 127.5, 128.0
    canvas, _, _, _ = placed(photo, CANVAS)

    np.testing.assert_allclose(
        blob(canvas), detector._prepare_input_blob(canvas[..., ::-1], (CANVAS, CANVAS)), atol=1e-6
    )


def test_a_face_that_fills_the_frame_is_found_on_a_smaller_rung(tmp_path: Path) -> None:
    """This detector sees nothing while the photo fills its canvas; at 320 in the middle it sees the face."""
    model = onnx_models.scrfd_that_shuns_blue(tmp_path / "scrfd.onnx", most=0.2)
    photo = np.full((500, 500, 3), 128, dtype=np.uint8)
    (face,) = Scrfd(ort.InferenceSession(str(model), providers=CPU)).find(photo)

    assert (face.box.left + face.box.right) / 2 == pytest.approx(250, abs=2)
    assert (face.box.top + face.box.bottom) / 2 == pytest.approx(250, abs=2)


def test_a_photo_without_a_face_has_been_tried_on_every_rung(tmp_path: Path) -> None:
    """Even at 160 this photo is too blue for this detector."""
    model = onnx_models.scrfd_that_shuns_blue(tmp_path / "scrfd.onnx", most=0.001)

    assert Scrfd(ort.InferenceSession(str(model), providers=CPU)).find(photos.astronaut()) == []


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("shape", [(300, 900), (900, 300), (1, 4000), (4000, 1)])
def test_any_shape_fits_its_rung(shape: tuple[int, int], rung: int) -> None:
    """A panorama of one pixel's height included."""
    canvas, _, left, top = placed(np.full((*shape, 3), 255, dtype=np.uint8), rung)
    rows, columns = np.flatnonzero(canvas.any(axis=(1, 2))), np.flatnonzero(canvas.any(axis=(0, 2)))

    assert (rows[0], columns[0]) == (top, left)
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == rung


def test_a_network_of_another_kind_is_refused_at_start(tmp_path: Path) -> None:
    """A recogniser where the detector should be."""
    model = onnx_models.random_arcface(tmp_path / "arcface.onnx")

    with pytest.raises(StartupError, match="1 outputs where SCRFD"):
        Scrfd(ort.InferenceSession(str(model), providers=CPU))

"""Engines from model files: verified, complete, and only the sessions that are needed."""

import hashlib
import subprocess
import sys
from pathlib import Path

import onnxruntime as ort
import pytest

from services.common.startup import StartupError
from services.faces.opening import Second, open_engine
from services.faces.settings import FaceSettings
from tests.services.faces import onnx_models, photos


def models_dir(root: Path, *, extra: bool = False) -> Path:
    """An operator's own models: a pack as insightface ships it, and another recogniser."""
    onnx_models.random_scrfd(root / "pack" / "scrfd_small.onnx")
    onnx_models.random_arcface(root / "pack" / "w_small.onnx", seed=1)
    onnx_models.random_arcface(root / "other" / "other.onnx", seed=2)
    names = ["scrfd_small.onnx", "w_small.onnx"] + (["1k3d68.onnx"] if extra else [])
    if extra:
        onnx_models.random_arcface(root / "pack" / "1k3d68.onnx", seed=3)
    entries = [_entry("pack", root, names), _entry("other", root, ["other.onnx"])]
    (root / "models.lock").write_text("version = 1\n" + "\n".join(entries))
    return root


def settings(root: Path, **changes: object) -> FaceSettings:
    values = {"models_dir": root, "face_pack": "pack", "provider": "cpu", "compute_threads": 1} | changes
    return FaceSettings(**values)  # type: ignore[arg-type]


def test_a_pack_opens_two_sessions_and_no_more(tmp_path: Path, opened_sessions: list[str]) -> None:
    """insightface would build one for every file it finds and throw three of five away."""
    (models_dir(tmp_path) / "pack" / "genderage.onnx").write_bytes(b"never read")
    engine, models = open_engine(settings(tmp_path))

    assert [Path(name).name for name in opened_sessions] == ["scrfd_small.onnx", "w_small.onnx"]
    assert ["pack"] == [model.name for model in models]
    assert ("insightface", "cpu") == (engine.name, engine.device)


def test_a_second_recogniser_stands_beside_the_first(tmp_path: Path) -> None:
    """Each with its own id, crop and numbers."""
    engine, models = open_engine(settings(models_dir(tmp_path)), Second("other"))
    first, second = engine.recognitions

    assert first.id.startswith("pack@")
    assert second.id.startswith("other@")
    assert ["pack", "other"] == [model.name for model in models]
    crop = photos.astronaut()[:112, :112]
    assert not (engine.embed(0, [crop])[0] == engine.embed(1, [crop])[0]).all()


def test_a_recogniser_has_the_thresholds_an_operator_gives_it(tmp_path: Path) -> None:
    """Measured on their own photos; the other recogniser keeps its own."""
    own = settings(models_dir(tmp_path), thresholds=(0.1, 0.2, 0.3, 0.4))
    first, second = open_engine(own, Second("other")).engine.recognitions

    assert first.thresholds.match == 0.3
    assert second.thresholds.match == 0.55


def test_a_tampered_model_stops_the_service(tmp_path: Path) -> None:
    """One byte more, and the line says which file."""
    path = models_dir(tmp_path) / "pack" / "w_small.onnx"
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(StartupError, match=r"w_small\.onnx"):
        open_engine(settings(tmp_path))


def test_a_pack_of_other_models_is_refused(tmp_path: Path) -> None:
    """Which of two recognisers would be meant?"""
    with pytest.raises(StartupError, match="expected one detector"):
        open_engine(settings(models_dir(tmp_path, extra=True)))


def test_a_gpu_is_asked_for_unless_said_otherwise(tmp_path: Path) -> None:
    """The default is the real thing, and it does not fall back."""
    with pytest.raises(StartupError, match="LIKENESS_PROVIDER=cuda"):
        open_engine(FaceSettings(models_dir=models_dir(tmp_path), face_pack="pack"))


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    """With the command that brings it."""
    with pytest.raises(StartupError, match="likeness models fetch antelopev2"):
        open_engine(FaceSettings(models_dir=tmp_path, provider="cpu"))


def test_a_commercial_policy_refuses_the_embedded_engine() -> None:
    """Its landmarks exclude commercial use."""
    with pytest.raises(StartupError, match="dlib-landmarks-68"):
        open_engine(FaceSettings(face_engine="dlib", license_policy="commercial"))  # type: ignore[arg-type]


def test_dlib_has_no_second_recogniser() -> None:
    """Said at start, not found out later."""
    with pytest.raises(StartupError, match="LIKENESS_SECOND_RECOGNISER"):
        open_engine(FaceSettings(face_engine="dlib"), Second("other"))


def test_the_embedded_engine_loads_no_library_but_in_its_child() -> None:
    """Neither OpenCV nor ONNX Runtime, which its extra does not bring, nor dlib, which holds the GIL."""
    code = (
        "import sys, numpy as np\n"
        "from services.faces.opening import open_engine\n"
        "from services.faces.settings import FaceSettings\n"
        "engine, models = open_engine(FaceSettings(face_engine='dlib'))\n"
        "engine.look(np.zeros((80, 80, 3), np.uint8))\n"
        "engine.close()\n"
        "print(len(models), sorted({'cv2', 'onnxruntime', 'dlib', 'insightface', 'torch'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "3 []"


@pytest.mark.parametrize("thresholds", [(0.3, 0.2, 0.5, 0.6), (0.1, 0.2, 0.3, 2.1), (-0.1, 0.2, 0.3, 0.4)])
def test_thresholds_that_do_not_rise_are_refused(thresholds: tuple[float, ...]) -> None:
    """A wrong order would grant the best tier to strangers."""
    with pytest.raises(ValueError, match="must rise"):
        FaceSettings(thresholds=thresholds)  # type: ignore[arg-type]


@pytest.fixture
def opened_sessions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of all sessions that ONNX Runtime builds meanwhile."""
    names: list[str] = []
    real = ort.InferenceSession.__init__

    def counting(self: ort.InferenceSession, path: str, *args: object, **kwargs: object) -> None:
        names.append(path)
        real(self, path, *args, **kwargs)

    monkeypatch.setattr(ort.InferenceSession, "__init__", counting)
    return names


def _entry(name: str, root: Path, files: list[str]) -> str:
    listed = ", ".join(
        f'{{ path = "{file}", sha256 = "{hashlib.sha256((root / name / file).read_bytes()).hexdigest()}" }}'
        for file in files
    )
    return (
        f'[[model]]\nname = "{name}"\ntitle = "random"\nroles = ["embedder"]\nprofiles = ["tiny"]\nlocal = true\n'
        f'folder = "{name}"\nlicence = "MIT"\ncommercial_use = "yes"\nnote = "random"\ndigests = "made by the test"\n'
        f"files = [{listed}]\n"
    )

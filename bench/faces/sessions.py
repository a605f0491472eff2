"""Sessions built and bytes read, counted while a pack is opened in both ways."""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnxruntime as ort
from insightface.app import FaceAnalysis  # type: ignore[import-untyped]

from bench.faces.packs import pack
from services.faces.opening import open_engine
from services.faces.settings import FaceSettings

# A twentieth of the real sizes: the ratio is what counts.
_SHRUNK = 20


@dataclass
class Opened:
    """What opening took."""

    sessions: int = 0
    bytes: int = 0
    unused: int = 0
    files: list[str] = field(default_factory=list)


def both(folder: Path) -> tuple[Opened, Opened]:
    """Likeness, then insightface as its documentation has it."""
    packed = pack(folder / "models" / "antelope", _SHRUNK)
    _lock(folder / "models")
    with _counted() as ours:
        engine, _ = open_engine(
            FaceSettings(models_dir=folder / "models", face_pack="antelope", provider="cpu", compute_threads=1)
        )
    ours.unused = ours.sessions - 1 - len(engine.recognitions)
    with _counted() as theirs, contextlib.redirect_stdout(io.StringIO()):
        FaceAnalysis(name=str(packed), providers=["CPUExecutionProvider"], allowed_modules=["detection", "recognition"])
    theirs.unused = theirs.sessions - 2
    return ours, theirs


@contextlib.contextmanager
def _counted() -> Iterator[Opened]:
    """Every session built meanwhile, and the size of the file it was built from."""
    opened, real = Opened(), ort.InferenceSession.__init__

    def counting(self: ort.InferenceSession, path: Any, *args: Any, **kwargs: Any) -> None:
        opened.sessions += 1
        opened.bytes += Path(path).stat().st_size
        opened.files.append(Path(path).name)
        real(self, path, *args, **kwargs)

    ort.InferenceSession.__init__ = counting
    try:
        yield opened
    finally:
        ort.InferenceSession.__init__ = real


def _lock(folder: Path) -> None:
    """An operator's own lock: the pack is the two files that are needed."""
    files = [
        f'{{ path = "{name}", sha256 = "{hashlib.sha256((folder / "antelope" / name).read_bytes()).hexdigest()}" }}'
        for name in ("glintr100.onnx", "scrfd_10g_bnkps.onnx")
    ]
    (folder / "models.lock").write_text(
        'version = 1\n[[model]]\nname = "antelope"\ntitle = "random"\nroles = ["embedder"]\nprofiles = ["gpu"]\n'
        'local = true\nfolder = "antelope"\nlicence = "MIT"\ncommercial_use = "yes"\nnote = "random"\n'
        f'digests = "made here"\nfiles = [{", ".join(files)}]\n'
    )

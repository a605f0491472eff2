"""Faces recognised together, against one by one as insightface does it."""

import time
from pathlib import Path

import numpy as np

from bench.faces.packs import arcface
from services.faces.arcface import ARCFACE, ArcFace
from services.faces.face import Pixels
from services.faces.onnx_session import open_session
from services.faces.placement import Placement, Shapes

FACES = 16


class Recognising:
    """An IResNet-50 with random weights, on two threads."""

    def __init__(self, folder: Path) -> None:
        session = open_session(
            arcface(folder / "iresnet50.onnx"), Placement("cpu", threads=2), Shapes.batches(112, FACES)
        )
        self._recogniser = ArcFace(session, "iresnet50", "0" * 64, ARCFACE, max_batch=FACES)
        rng = np.random.default_rng(0)
        self._crops: list[Pixels] = list(rng.integers(0, 256, (FACES, 112, 112, 3), dtype=np.uint8))

    async def together(self) -> float:
        """Seconds for all faces in one run."""
        began = time.perf_counter()
        self._recogniser.embed(self._crops)
        return time.perf_counter() - began

    async def one_by_one(self) -> float:
        began = time.perf_counter()
        for crop in self._crops:
            self._recogniser.embed([crop])
        return time.perf_counter() - began

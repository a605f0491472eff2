"""A photo as phones send it: twelve megapixels, through the embedded profile as the service runs it."""

import io
import time
from typing import NamedTuple

import numpy as np
from likeness.common.v1.chunk_pb2 import KIND_JPEG, ROLE_PHOTO
from PIL import Image

from likeness_wire.chunks import Blob
from services.common.images import Decoder
from services.common.models import LicencePolicy, ModelStore
from services.faces.dlib_engine import DlibEngine
from services.faces.opening import dlib_files
from services.faces.serving.pipeline import Sent, decoded

_SIDE = 2016
# The astronaut's head and shoulders, as an arm's length frames them.
_CUT = (60, 0, 400, 255)
_SIZE = (4032, 3024)


class Stages(NamedTuple):
    """Seconds of one photo."""

    decode: float
    detect: float
    embed: float

    @property
    def whole(self) -> float:
        return sum(self)


def jpeg() -> bytes:
    """About 3 MB, with the grain of a sensor."""
    import skimage.data

    photo = Image.fromarray(skimage.data.astronaut()).crop(_CUT).resize(_SIZE, Image.Resampling.BICUBIC)  # type: ignore[no-untyped-call]
    grain = np.random.default_rng(0).normal(0, 4, (_SIZE[1], _SIZE[0], 1))
    noisy = np.clip(np.asarray(photo) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=90)
    return file.getvalue()


class Embedding:
    """Decoder and engine, each in its child, as in the service."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._engine = DlibEngine(dlib_files(ModelStore(None, LicencePolicy.RESEARCH))[0])
        self._decoder.start()
        self._engine.warm_up()

    def __enter__(self) -> "Embedding":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()
        self._decoder.close()

    @property
    def pid(self) -> int:
        """Of the child that holds the models."""
        pid = self._engine._child.pid
        assert pid is not None
        return pid

    def once(self, photo: bytes) -> Stages:
        began = time.perf_counter()
        looked_at = decoded(Sent(Blob(ROLE_PHOTO, KIND_JPEG, photo), _SIDE), self._decoder)
        seen_from = time.perf_counter()
        seen = self._engine.look(looked_at.pixels, looked_at.scale)
        found = time.perf_counter()
        assert seen.crops, "the face was not found"
        self._engine.embed(0, seen.crops[:1])
        return Stages(seen_from - began, found - seen_from, time.perf_counter() - found)

    def median(self, photo: bytes, times: int) -> Stages:
        """The run in the middle."""
        runs = sorted((self.once(photo) for _ in range(times)), key=lambda run: run.whole)
        return runs[len(runs) // 2]

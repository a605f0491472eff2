"""From verified model files to a running engine. The only part of the library that knows where models come from."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from services.common.models import ModelStore, OpenedModel
from services.common.startup import StartupError
from services.faces.dlib_engine import DlibEngine, DlibFiles
from services.faces.embedding import Thresholds
from services.faces.engine import FaceEngine, LocalEngine
from services.faces.placement import Shapes, device_name
from services.faces.settings import FaceSettings

MMOD, LANDMARKS, RESNET = "dlib-mmod", "dlib-landmarks-68", "dlib-resnet-v1"
# How detectors are called in insightface's packs.
_DETECTORS = ("scrfd", "det")


class Opened(NamedTuple):
    """An engine, and the models that take part."""

    engine: FaceEngine
    models: Sequence[OpenedModel]


class Second(NamedTuple):
    """A recogniser for second opinions, and its thresholds where an operator has their own."""

    model: str
    thresholds: Thresholds | None = None


def open_engine(settings: FaceSettings, second: Second | None = None) -> Opened:
    """The engine that was configured, or StartupError."""
    store = settings.model_store()
    if settings.face_engine == "insightface":
        return _insightface(store, settings, second)
    if second is not None:
        raise StartupError("LIKENESS_SECOND_RECOGNISER: the dlib engine has one recogniser")
    files, models = dlib_files(store)
    return Opened(DlibEngine(files, settings.own_thresholds()), models)


def dlib_files(store: ModelStore) -> tuple[DlibFiles, Sequence[OpenedModel]]:
    """Where dlib's three models are."""
    cnn, landmarks, recogniser = models = [store.open(name) for name in (MMOD, LANDMARKS, RESNET)]
    files = DlibFiles(str(cnn.file), str(landmarks.file), str(recogniser.file), *recogniser.digests.values())
    return files, models


def _insightface(store: ModelStore, settings: FaceSettings, second: Second | None) -> Opened:
    """SCRFD and ArcFace of one pack: two sessions, and one more for a second recogniser."""
    # ONNX Runtime and OpenCV are installed where this engine is used, and imported nowhere else.
    from services.faces.arcface import ArcFace, thresholds_of
    from services.faces.onnx_session import open_session
    from services.faces.scrfd import CANVAS, Scrfd

    placement, batch = settings.placement(), settings.recogniser_batch

    def recogniser(model: OpenedModel, file: str, thresholds: Thresholds | None) -> ArcFace:
        worth = thresholds or thresholds_of(model.name)
        session = open_session(model[file], placement, Shapes.batches(ArcFace.side, batch))
        return ArcFace(session, model.name, model.digests[file], worth, max_batch=batch)

    models = [pack := store.open(settings.face_pack)]
    detector_file, recogniser_file = _parts(pack)
    detector = Scrfd(open_session(pack[detector_file], placement, Shapes.batches(CANVAS, 1)))
    recognisers = [recogniser(pack, recogniser_file, settings.own_thresholds())]
    if second is not None:
        models.append(other := store.open(second.model))
        (file,) = other.files
        recognisers.append(recogniser(other, file, second.thresholds))
    return Opened(LocalEngine("insightface", device_name(placement), detector, recognisers), models)


def _parts(pack: OpenedModel) -> tuple[str, str]:
    """The names of detector and recogniser in a pack of exactly these two."""
    detectors = [name for name in pack.files if Path(name).name.startswith(_DETECTORS)]
    others = [name for name in pack.files if name not in detectors]
    if len(detectors) != 1 or len(others) != 1:
        raise StartupError(f"{pack.name}: expected one detector (scrfd… or det…) and one recogniser")
    return detectors[0], others[0]

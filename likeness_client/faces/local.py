"""Embedder and verifier without a service: the same engine, the same judgement, in this process."""

from collections.abc import Sequence
from pathlib import Path

from likeness.embedder.v1 import embedder_pb2 as embedding
from likeness.verifier.v1 import verifier_pb2 as verifying

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadPhoto
from services.common.images import Decoder
from services.common.timings import Stopwatch
from services.embedder import answers as embedder
from services.embedder.model import Photo, person_of
from services.embedder.servicer import MOST_PHOTOS
from services.faces.embedding import Embedding
from services.faces.engine import Seen
from services.faces.fusion import Fusion
from services.faces.limits import Verdict
from services.faces.opening import open_engine
from services.faces.refusals import refusal
from services.faces.serving.opened import limits_of_images, made_by
from services.faces.serving.pipeline import FULL_SIDE, Sent, decoded
from services.faces.serving.requests import limits_of
from services.verifier import answers as verifier
from services.verifier.model import (
    Reference,
    Status,
    Verified,
    not_measured,
    ranking,
    reference_of,
    unmeasurable,
    verified,
)
from services.verifier.settings import VerifierSettings


class LocalFaces:
    """Loads its models once; use it as a context manager."""

    def __init__(self, engine: str, models_dir: Path | None, provider: str) -> None:
        """`engine`: dlib or insightface. StartupError says what is missing."""
        self._settings = VerifierSettings(face_engine=engine, models_dir=models_dir, provider=provider)
        opened = open_engine(self._settings)
        self._engine = opened.engine
        self._opened = opened
        self._decoder = Decoder(limits_of_images(self._settings))

    def __enter__(self) -> "LocalFaces":
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()
        self._engine.close()

    def inspect(self, photos: Sequence[Blob]) -> tuple[embedding.EmbedResponse, embedding.GetInfoResponse]:
        """What the embedder thinks of them, and the limits it judges by."""
        watch, recognition = Stopwatch(), self._engine.recognitions[0]
        maker = made_by(self._opened, "embedder")
        found = [self._photo(photo, watch) for photo in photos]
        person = person_of(recognition, found, Fusion.QUALITY)
        answer = embedder.response(found, person, Fusion.QUALITY, recognition, watch, maker)
        return answer, embedder.info(recognition, limits_of(self._settings, MOST_PHOTOS), maker)

    def verify(self, references: Sequence[Blob], candidates: Sequence[Blob]) -> list[verifying.VerifyResponse]:
        """Everything the verifier says, in order."""
        watch, recognition = Stopwatch(), self._engine.recognitions[0]
        against = self._references(references, watch)
        found = {candidate.index: self._verified(candidate, against, watch) for candidate in candidates}
        pictures = [verifier.picture(index, each, recognition, Stopwatch()) for index, each in found.items()]
        maker = made_by(self._opened, "verifier")
        return [verifier.reference(against), *pictures, verifier.done(ranking(found), watch, maker)]

    def _photo(self, blob: Blob, watch: Stopwatch) -> Photo:
        try:
            seen = self._seen(blob, watch)
        except BadPhoto as error:
            return Photo(None, problem=error)
        return Photo(seen.report, self._embedded(seen, watch).get(self._engine.recognitions[0].id))

    def _references(self, photos: Sequence[Blob], watch: Stopwatch) -> list[Reference]:
        singles = [self._single(photo, watch) for photo in photos]
        found = (reference_of(by, None, [single[by.id] for single in singles]) for by in self._engine.recognitions)
        return [reference for reference in found if reference is not None]

    def _single(self, blob: Blob, watch: Stopwatch) -> dict[str, Embedding]:
        seen = self._seen(blob, watch)
        if seen.report.verdict is Verdict.REFUSE:
            raise refusal(seen.report.findings[0], photo=blob.index)
        return self._embedded(seen, watch)

    def _verified(self, blob: Blob, references: Sequence[Reference], watch: Stopwatch) -> Verified:
        try:
            seen = self._seen(blob, watch)
        except BadPhoto as error:
            return Verified(Status.UNREADABLE, problem=error)
        if finding := unmeasurable(seen.report):
            return not_measured(seen.report, finding)
        return verified(seen.report, references, self._embedded(seen, watch))

    def _seen(self, blob: Blob, watch: Stopwatch) -> Seen:
        for side in (self._settings.working_side_px, FULL_SIDE):
            with watch.stage("decode"):
                photo = decoded(Sent(blob, side), self._decoder)
            with watch.stage("detect"):
                seen = self._engine.look(photo.pixels, photo.scale)
            if not seen.wants_full_size:
                break
        return seen

    def _embedded(self, seen: Seen, watch: Stopwatch) -> dict[str, Embedding]:
        """By recogniser id; empty where no face is chosen."""
        with watch.stage("embed"):
            return {
                by.id: by.check(Embedding(by.id, self._engine.embed(which, [crop])[0]))
                for which, (by, crop) in enumerate(zip(self._engine.recognitions, seen.crops, strict=False))
            }

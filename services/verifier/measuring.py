"""One call's photos and pictures on their way through the pipeline."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from likeness_wire.chunks import Blob
from likeness_wire.errors import BadPhoto
from services.common.admission import Priority
from services.common.timings import Stopwatch
from services.faces.embedding import Embedding, Recognition
from services.faces.engine import Seen
from services.faces.limits import Verdict
from services.faces.refusals import refusal
from services.faces.serving.pipeline import FacePipeline
from services.faces.serving.requests import invalid
from services.verifier.model import (
    Reference,
    Status,
    Verified,
    not_measured,
    reference_of,
    unmeasurable,
    verified,
)
from services.verifier.wishes import Wish


class Lap(Stopwatch):
    """One picture's share of a call: what it adds counts for both."""

    def __init__(self, call: Stopwatch) -> None:
        super().__init__()
        self._call = call

    def add(self, name: str, seconds: float) -> None:
        super().add(name, seconds)
        self._call.add(name, seconds)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture's outcome, and where its time went."""

    index: int
    verified: Verified
    watch: Stopwatch


@dataclass(frozen=True, slots=True)
class Single:
    """One photo to refer to, by every recogniser."""

    embeddings: Mapping[str, Embedding] = field(repr=False)

    @classmethod
    async def of(cls, blob: Blob, pipeline: FacePipeline, wanted: Wish, watch: Stopwatch) -> "Single":
        """BadPhoto, with its index, where the photo cannot be used."""
        try:
            seen = await pipeline.see(blob, wanted.priority, watch)
        except BadPhoto as error:
            error.metadata["photo"] = str(blob.index)
            raise
        if seen.report.verdict is Verdict.REFUSE:
            raise refusal(seen.report.findings[0], photo=blob.index)
        everyone = range(len(pipeline.recognitions))
        return cls(await _recognised(pipeline, seen, everyone, wanted.priority, watch))


class Measuring:
    """What one call measures against, and its measurements."""

    def __init__(self, pipeline: FacePipeline, wanted: Wish, photos: Sequence[Single]) -> None:
        self.primary: Recognition = pipeline.recognitions[0]
        self._pipeline = pipeline
        self._priority: Priority = wanted.priority
        found = [_reference(recognition, wanted, photos) for recognition in pipeline.recognitions]
        if found[0] is None:
            raise invalid("identities", f"an identity, a reference or a photo for {self.primary.id}")
        self._measured_by = [which for which, reference in enumerate(found) if reference is not None]
        self.references: list[Reference] = [reference for reference in found if reference is not None]

    async def picture(self, blob: Blob, call: Stopwatch) -> Picture:
        """Never fails for what the picture shows or does not show."""
        lap = Lap(call)
        return Picture(blob.index, await self._verified(blob, lap), lap)

    async def _verified(self, blob: Blob, watch: Stopwatch) -> Verified:
        try:
            seen = await self._pipeline.see(blob, self._priority, watch)
        except BadPhoto as error:
            return Verified(Status.UNREADABLE, problem=error)
        if finding := unmeasurable(seen.report):
            return not_measured(seen.report, finding)
        embeddings = await _recognised(self._pipeline, seen, self._measured_by, self._priority, watch)
        return verified(seen.report, self.references, embeddings)


async def _recognised(
    pipeline: FacePipeline, seen: Seen, by: Sequence[int], priority: Priority, watch: Stopwatch
) -> dict[str, Embedding]:
    """By recogniser id; recognisers work side by side."""
    works = (pipeline.recognise(which, seen.crops[which], priority, watch) for which in by)
    return {embedding.recogniser_id: embedding for embedding in await asyncio.gather(*works)}


def _reference(recognition: Recognition, wanted: Wish, photos: Sequence[Single]) -> Reference | None:
    singles = [*wanted.references.get(recognition.id, []), *(photo.embeddings[recognition.id] for photo in photos)]
    return reference_of(recognition, wanted.identities.get(recognition.id), singles)

"""One try of one picture: rendered, measured, and either set aside or enlarged, measured again, finished and stored.

It ends with a record in the vault. Cut off before that, it leaves nothing that counts and is made again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from google.protobuf.timestamp_pb2 import Timestamp
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1.chunk_pb2 import KIND_RGB8
from likeness.common.v1.face_pb2 import Size
from likeness.common.v1.identity_pb2 import Drift
from likeness.common.v1.reason_pb2 import Problem
from likeness.common.v1.render_pb2 import Rendering
from likeness.common.v1.work_pb2 import MadeBy, Timing
from likeness.gateway.v1.job_pb2 import STAGE_GENERATE, STAGE_STORE, STAGE_UPSCALE, STAGE_VERIFY, Stage
from likeness.gateway.v1.result_pb2 import (
    OUTCOME_KEPT,
    OUTCOME_REJECTED,
    OUTCOME_REJECTED_AFTER_UPSCALE,
    Outcome,
    Result,
    Try,
)
from likeness.generator.v1.generator_pb2 import Step as Denoised
from likeness.upscaler.v1.upscaler_pb2 import FaceBlend, Progress, UpscaleOptions
from likeness.verifier.v1.verifier_pb2 import VerifiedPicture

from gateway.dispatch import counted_waits
from gateway.peers import Look, Rendered, Unrendered
from gateway.pipeline.commission import Commission
from gateway.pipeline.events import Looked, Moved
from gateway.pipeline.finishing import Finished, Origin, finished, source_of, thumbnail
from gateway.pipeline.judging import objection
from gateway.pipeline.records import KeptPicture
from gateway.pipeline.rendering import Request
from gateway.pipeline.sitter import Sitter
from gateway.pipeline.workshop import Workshop
from likeness_wire.chunks import Blob
from likeness_wire.status import to_problem
from likeness_wire.times import instant
from services.common.timings import Stopwatch

# Of the plain enlargement, in a face that a network has sharpened too far once.
_SOFTER = 0.5


class Attempt:
    """Its record grows while it goes on. `rendered` is there for whoever wants to go on from its latents."""

    def __init__(
        self,
        workshop: Workshop,
        commission: Commission,
        sitter: Sitter,
        attempt: int,
        *,
        soften: bool,
    ) -> None:
        self._workshop = workshop
        self._number = commission.number
        self._step = commission.step
        self._records = commission.records
        self._spec = commission.spec
        self._turn = commission.turn
        self._sitter = sitter
        self._soften = soften
        self._watch = Stopwatch()
        place = commission.place
        self._record = Try(
            style_index=place.style_index,
            style=place.order.style,
            picture=place.picture,
            attempt=attempt,
            made_by=[sitter.made_by],
        )
        self.rendered: Rendered | None = None

    async def run(self, request: Request) -> Try | KeptPicture:
        """What is stored of it in the end."""
        rendered = await self._render(request)
        if isinstance(rendered, Unrendered):
            return await self._set_aside(OUTCOME_REJECTED, to_problem(rendered.error))
        picture, seen = rendered.picture, await self._measured(rendered.picture, "verify")
        if (problem := objection(seen, self._spec.accept_tier)) is not None:
            return await self._set_aside(OUTCOME_REJECTED, problem, picture)
        if not self._spec.HasField("long_side"):
            return await self._keep(picture, None)
        picture = await self._enlarged(picture, seen)
        again = await self._measured(picture, "verify-enlarged")
        if (problem := objection(again, self._spec.accept_tier)) is not None:
            return await self._set_aside(OUTCOME_REJECTED_AFTER_UPSCALE, problem, picture)
        return await self._keep(picture, seen.drift if seen.HasField("drift") else None)

    async def _render(self, request: Request) -> Rendered | Unrendered:
        options = request.options
        options.step_id = self._step.key
        options.preview_every_steps = self._workshop.looks_every_steps
        self._describe(request)
        self._tell(STAGE_GENERATE)
        with self._calling("generate") as told:
            (rendered,) = await self._workshop.peers.generator.render(options, request.blobs, self._turn, self._hear)
            told.extend(rendered.facts.timings if isinstance(rendered, Rendered) else ())
        self._record.create_time.CopyFrom(self._now())
        if isinstance(rendered, Unrendered):
            if rendered.error.reason != reasons.REASON_OUTPUT_REFUSED:
                raise rendered.error
            return rendered
        self.rendered = rendered
        self._record.rendering.CopyFrom(rendered.facts.rendering)
        self._name(rendered.facts.made_by)
        return rendered

    async def _measured(self, picture: Blob, stage: str) -> VerifiedPicture:
        verifier = self._workshop.peers.verifier
        self._tell(STAGE_VERIFY)
        options, photos = self._sitter.reference(photos=self._sitter.compared)
        with self._calling(stage) as told:
            verified = await verifier.verify(options, photos, [picture], self._turn)
            (seen,) = verified.pictures
            told.extend(seen.timings)
        self._note(seen)
        self._name(verified.done.made_by)
        return seen

    async def _enlarged(self, picture: Blob, seen: VerifiedPicture) -> Blob:
        softer = [FaceBlend(box=seen.face.box, share=_SOFTER)] if self._soften and seen.HasField("face") else []
        options = UpscaleOptions(long_side=self._spec.long_side, faces=softer, kind=KIND_RGB8, step_id=self._step.key)
        self._tell(STAGE_UPSCALE)
        with self._calling("upscale") as told:
            enlarged = await self._workshop.peers.upscaler.enlarge(options, picture, self._turn, self._hear_tiles)
            told.extend(enlarged.facts.timings)
        self._name(enlarged.facts.made_by)
        return enlarged.picture

    @contextmanager
    def _calling(self, stage: str) -> Iterator[list[Timing]]:
        """The time of a call; of it, what it waited for its turn here, and what the service says of its own part."""
        told: list[Timing] = []
        with self._watch.stage(stage), counted_waits() as waited:
            yield told
        self._watch.add(f"{stage}.turn", waited.seconds)
        for timing in told:
            self._watch.add(f"{stage}.{timing.stage}", timing.duration.ToNanoseconds() / 1e9)

    async def _set_aside(self, outcome: Outcome, problem: Problem, picture: Blob | None = None) -> Try:
        record = self._record
        if picture is not None:
            with self._watch.stage("finish"):
                small = await self._workshop.encoding(thumbnail, picture)
            await self._records.put_thumbnail(self._number, record.attempt, small)
        record.has_thumbnail = picture is not None
        record.problem.CopyFrom(problem)
        self._conclude(outcome)
        if not await self._records.put_try(self._number, record):
            return await self._records.attempt(self._number, record.attempt)
        self._workshop.metrics.count_try(record)
        return record

    async def _keep(self, picture: Blob, before_upscale: Drift | None) -> KeptPicture:
        """The thumbnail first, then everything at once: from then on the picture is kept."""
        number, record = self._number, self._record
        self._tell(STAGE_STORE)
        origin = Origin(source_of(self._engine), tuple(record.made_by))
        with self._watch.stage("finish"):
            done = await self._workshop.encoding(finished, self._workshop.marker, picture, self._spec.kind, origin)
        await self._records.put_thumbnail(number, record.attempt, done.thumbnail)
        record.has_thumbnail = True
        self._conclude(OUTCOME_KEPT)
        result = self._result(done, before_upscale)
        if await self._records.put_kept(number, record, result, done.data):
            self._workshop.metrics.count_try(record)
        kept = await self._records.kept(number)
        assert kept is not None  # noqa: S101 - put just now, by this run or another
        return kept

    def _result(self, done: Finished, before_upscale: Drift | None) -> Result:
        record = self._record
        return Result(
            style_index=record.style_index,
            style=record.style,
            picture=record.picture,
            tries=record.attempt,
            seed=record.rendering.seed,
            kind=self._spec.kind,
            size=Size(width=done.width, height=done.height),
            size_bytes=len(done.data),
            drift=record.drift if record.HasField("drift") else None,
            drift_before_upscale=before_upscale,
            second_opinions=record.second_opinions,
            copy=record.copy if record.HasField("copy") else None,
            provenance=done.provenance,
            create_time=self._now(),
            timings=record.timings,
            made_by=record.made_by,
        )

    def _describe(self, request: Request) -> None:
        """What is sent, whatever becomes of it."""
        (prompt,), (picture,) = request.options.prompts, request.options.pictures
        rendering = Rendering(seed=picture.seed, size=request.options.size, plan=request.options.plan.name)
        self._record.MergeFrom(Try(rendering=rendering, prompt=prompt.text, negative=prompt.negative))

    def _note(self, seen: VerifiedPicture) -> None:
        """The last measurement counts."""
        for field in ("drift", "copy", "second_opinions"):
            self._record.ClearField(field)
        self._record.second_opinions.extend(seen.second_opinions)
        if seen.HasField("drift"):
            self._record.drift.CopyFrom(seen.drift)
        if seen.HasField("copy"):
            self._record.copy = seen.copy

    def _name(self, maker: MadeBy) -> None:
        """Each once: embedder and verifier may be the same models in the same version."""
        if maker not in self._record.made_by:
            self._record.made_by.append(maker)

    def _conclude(self, outcome: Outcome) -> None:
        self._record.outcome = outcome
        self._record.timings.extend(self._watch.timings())

    @property
    def _engine(self) -> str:
        return self.rendered.facts.made_by.engine if self.rendered else ""

    @property
    def _about(self) -> tuple[int, int, int]:
        return self._number, self._record.attempt, self._record.rendering.seed

    def _tell(self, stage: Stage) -> None:
        self._step.tell(Moved(*self._about, stage))

    def _hear(self, heard: Denoised | Look) -> None:
        if isinstance(heard, Look):
            self._step.tell(Looked(*self._about, heard.step, heard.jpeg))
        else:
            self._step.tell(Moved(*self._about, STAGE_GENERATE, heard.step, heard.steps))

    def _hear_tiles(self, progress: Progress) -> None:
        self._step.tell(Moved(*self._about, STAGE_UPSCALE, progress.done, progress.tiles))

    def _now(self) -> Timestamp:
        return instant(int(self._workshop.clock() * 1000))

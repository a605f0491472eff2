"""What an engine did, as messages."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from likeness.common.v1 import render_pb2
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.face_pb2 import KeyPoints, Point, Size
from likeness.common.v1.work_pb2 import MadeBy, ModelRef
from likeness.generator.v1 import generator_pb2 as pb
from numpy.typing import NDArray

from likeness_wire.chunks import Blob, cut
from likeness_wire.status import to_problem
from likeness_wire.times import span
from services.common.images import encode_png
from services.common.timings import Stopwatch, accepted, timings_of
from services.generator.call import Failed, Latents, Pixels, Previewed, Rendered, Request, Stepped, Strength
from services.generator.plan_options import SCHEDULERS
from services.generator.plans import Pass, Scheduler
from services.generator.poses import Points

_NUMBERS = {scheduler: number for number, scheduler in SCHEDULERS.items()}


@dataclass(frozen=True, slots=True)
class Maker:
    """Who renders: what answers say made them. `always` take part in every picture."""

    engine: str
    device: str
    version: str
    refs: Mapping[str, ModelRef]
    always: tuple[str, ...] = ()

    def made_by(self, request: Request | None = None) -> MadeBy:
        """With a request, only the models that took part in it."""
        names = list(self.refs) if request is None else [*_models_of(request), *self.always]
        models = [self.refs[name] for name in dict.fromkeys(names)]
        return MadeBy(service="generator", engine=self.engine, device=self.device, version=self.version, models=models)


class Answer:
    """One answer: it counts blobs, and adds up where the time went."""

    def __init__(self, request: Request, kind: Kind, made_by: MadeBy) -> None:
        self._request = request
        self._kind = kind
        self._made_by = made_by
        self._pictures = 0
        self._previews = 0
        self._latents = 0
        self._anchors = 0
        self._watch = Stopwatch()

    def accepted(self, ahead: int, estimate_s: float | None) -> pb.GenerateResponse:
        return pb.GenerateResponse(accepted=accepted(ahead, estimate_s))

    def step(self, event: Stepped) -> pb.GenerateResponse:
        step = pb.Step(
            picture=event.picture,
            pass_index=event.pass_index,
            step=event.step,
            steps=event.steps,
            estimate=None if event.remaining_s is None else span(event.remaining_s),
        )
        return pb.GenerateResponse(step=step)

    def preview(self, event: Previewed) -> Iterator[pb.GenerateResponse]:
        yield pb.GenerateResponse(preview=pb.Preview(picture=event.picture, step=event.step))
        yield from _chunks(Blob(Role.ROLE_PREVIEW, Kind.KIND_JPEG, event.jpeg, self._previews))
        self._previews += 1

    def failed(self, event: Failed) -> pb.GenerateResponse:
        return pb.GenerateResponse(failed=pb.FailedPicture(index=event.picture, problem=to_problem(event.error)))

    def picture(self, event: Rendered, queue_s: float) -> list[pb.GenerateResponse]:
        """Facts and chunks. Encodes: off the event loop."""
        began = time.perf_counter()
        pixels = _pixels(event.pixels, self._kind, self._pictures)
        seconds = {"queue": queue_s, **event.seconds, "encode": time.perf_counter() - began}
        self._watch.add_all(seconds)
        facts = pb.RenderedPicture(
            index=event.picture,
            rendering=rendering(self._request, event.picture),
            key_points=key_points(self._request.key_points if event.key_points is None else event.key_points),
            has_latents=event.latents is not None,
            has_anchor_latents=event.anchor_latents is not None,
            timings=timings_of(seconds),
            made_by=self._made_by,
        )
        self._pictures += 1
        blobs = [pixels]
        if event.latents is not None:
            blobs.append(_planes(Role.ROLE_LATENTS, event.latents, self._latents))
            self._latents += 1
        if event.anchor_latents is not None:
            blobs.append(_planes(Role.ROLE_ANCHOR_LATENTS, event.anchor_latents, self._anchors))
            self._anchors += 1
        return [pb.GenerateResponse(picture=facts), *(message for blob in blobs for message in _chunks(blob))]

    def done(self) -> pb.GenerateResponse:
        done = pb.Done(pictures=self._pictures, timings=self._watch.timings(), made_by=self._made_by)
        return pb.GenerateResponse(done=done)


def rendering(request: Request, picture: int) -> render_pb2.Rendering:
    """How a picture was rendered, every field filled in; strengths only where something denoised by them."""
    rendered = _denoising(request) if request.passes else render_pb2.Rendering()
    rendered.seed = request.pictures[picture].seed
    rendered.size.CopyFrom(Size(width=request.width, height=request.height))
    rendered.plan = request.plan
    return rendered


def _denoising(request: Request) -> render_pb2.Rendering:
    return render_pb2.Rendering(
        passes=[_pass(each) for each in request.passes],
        adapter=_strength(request.adapter),
        identity_net=_strength(request.identity_net),
        loras=[render_pb2.Lora(name=lora.name, weight=lora.weight) for lora in request.loras],
        controls=[render_pb2.Control(name=each.name, strength=_strength(each.strength)) for each in request.controls],
    )


def key_points(points: Points) -> KeyPoints:
    left_eye, right_eye, nose, left_mouth, right_mouth = (Point(x=x, y=y) for x, y in points.tolist())
    return KeyPoints(left_eye=left_eye, right_eye=right_eye, nose=nose, left_mouth=left_mouth, right_mouth=right_mouth)


def number_of(scheduler: Scheduler) -> render_pb2.Scheduler:
    return _NUMBERS[scheduler]


def _models_of(request: Request) -> Iterator[str]:
    yield from (each.base_model for each in request.passes)
    yield from (control.name for control in request.controls)
    yield from (lora.name for lora in request.loras)


def _pass(given: Pass) -> render_pb2.Pass:
    filled = render_pb2.Pass(
        name=given.name,
        base_model=given.base_model,
        alpha=given.alpha,
        cfg=given.cfg,
        scheduler=number_of(given.scheduler),
        steps=given.steps,
    )
    if given.denoise is not None:
        filled.denoise = given.denoise
    return filled


def _strength(given: Strength) -> render_pb2.Strength:
    return render_pb2.Strength(value=given.value, window=render_pb2.Window(start=given.start, end=given.end))


def _pixels(pixels: Pixels, kind: Kind, index: int) -> Blob:
    height, width, _ = pixels.shape
    data = encode_png(pixels) if kind == Kind.KIND_PNG else pixels.tobytes()
    return Blob(Role.ROLE_PICTURE, kind, data, index, width, height)


def _planes(role: Role, latents: Latents, index: int) -> Blob:
    values: NDArray[np.float32] = np.ascontiguousarray(latents, "<f4")
    _, height, width = values.shape
    return Blob(role, Kind.KIND_F32, values.tobytes(), index, width, height)


def _chunks(blob: Blob) -> Iterator[pb.GenerateResponse]:
    return (pb.GenerateResponse(chunk=chunk) for chunk in cut(blob))

"""What the workshop did, as messages."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from likeness.common.v1 import face_pb2
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.common.v1.work_pb2 import MadeBy, ModelRef
from likeness.upscaler.v1 import upscaler_pb2 as pb

from likeness_wire.chunks import Blob, cut
from likeness_wire.status import to_problem
from services.common.timings import Stopwatch, accepted, timings_of
from services.upscaler.calls import Enlarged, Failed, Progressed
from services.upscaler.enlargement import Order
from services.upscaler.png import encoded
from services.upscaler.targets import Size
from services.upscaler.wishes import Wish


@dataclass(frozen=True, slots=True)
class Maker:
    """Who enlarges: what answers say made them."""

    device: str
    version: str
    refs: Mapping[str, tuple[ModelRef, ...]]
    """By network."""

    def made_by(self, *networks: str) -> MadeBy:
        models = {ref.name: ref for name in networks for ref in self.refs[name]}
        return MadeBy(
            service="upscaler", engine="esrgan", device=self.device, version=self.version, models=models.values()
        )


class Answer:
    """One answer: it counts pictures, and adds up where the time went."""

    def __init__(self, wish: Wish, maker: Maker, encode_threads: int) -> None:
        self._wish = wish
        self._maker = maker
        self._encode_threads = encode_threads
        self._pictures = 0
        self._watch = Stopwatch()

    def accepted(self, ahead: int, estimate_s: float | None) -> pb.UpscaleResponse:
        return pb.UpscaleResponse(accepted=accepted(ahead, estimate_s))

    def progress(self, event: Progressed) -> pb.UpscaleResponse:
        progress = pb.Progress(picture=event.picture, done=event.done, tiles=event.tiles, fraction=event.fraction)
        return pb.UpscaleResponse(progress=progress)

    def failed(self, event: Failed) -> pb.UpscaleResponse:
        return pb.UpscaleResponse(failed=pb.FailedPicture(index=event.picture, problem=to_problem(event.error)))

    def picture(self, event: Enlarged, order: Order, decode_s: float) -> Iterator[pb.UpscaleResponse]:
        """Facts, then chunks. What comes first encodes, so ask for it off the event loop."""
        began = time.perf_counter()
        blob = self._blob(event)
        seconds = {"decode": decode_s, **event.facts.seconds, "encode": time.perf_counter() - began}
        self._watch.add_all(seconds)
        yield pb.UpscaleResponse(picture=self._facts(event, order, seconds))
        for chunk in cut(replace(blob, index=self._pictures)):
            yield pb.UpscaleResponse(chunk=chunk)
        self._pictures += 1

    def done(self) -> pb.UpscaleResponse:
        done = pb.Done(
            pictures=self._pictures,
            timings=self._watch.timings(),
            made_by=self._maker.made_by(self._wish.network.name),
        )
        return pb.UpscaleResponse(done=done)

    def waited(self, seconds: float) -> None:
        self._watch.add("queue", seconds)

    def _blob(self, event: Enlarged) -> Blob:
        result = event.result
        if self._wish.kind == Kind.KIND_PNG:
            return Blob(Role.ROLE_PICTURE, Kind.KIND_PNG, encoded(result.pixels, self._encode_threads))
        width, height = result.size
        return Blob(Role.ROLE_PICTURE, Kind.KIND_RGB8, result.pixels.data, width=width, height=height)

    def _facts(self, event: Enlarged, order: Order, seconds: Mapping[str, float]) -> pb.UpscaledPicture:
        result, facts = event.result, event.facts
        network = self._wish.network.name if facts.precision else ""
        picture = pb.UpscaledPicture(
            index=event.picture,
            size_before=_size(order.picture.size),
            size=_size(result.size),
            network=network,
            bits=result.bits,
            grey=result.grey,
            alpha=result.has_alpha,
            tiles=facts.tiles,
            extra_pixels=facts.extra_pixels,
            memory_retries=facts.memory_retries,
            precision=facts.precision,
            timings=timings_of(seconds),
            made_by=self._maker.made_by(*filter(None, [network])),
        )
        if network and self._wish.denoise is not None:
            picture.denoise = self._wish.denoise
        return picture


def _size(size: Size) -> face_pb2.Size:
    return face_pb2.Size(width=size.width, height=size.height)

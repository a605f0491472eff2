"""A photo's way: decoded, looked at, recognised. Each step has its queue and its thread, so that steps overlap."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from likeness.common.v1.chunk_pb2 import Kind

from likeness_wire.chunks import Blob
from services.common.admission import Priority, Stop
from services.common.images import Decoder, decode_trusted
from services.common.serving import Shell
from services.common.timings import Stopwatch
from services.faces.crop import shrunk
from services.faces.embedding import Embedding, Recognition, Vector
from services.faces.engine import FaceEngine, Seen
from services.faces.face import Pixels

# The side for photos in which the working size showed a small face: enough for every recogniser, and bounded.
FULL_SIDE = 6144


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo as it came, and the longest side it is to be looked at with."""

    blob: Blob = field(repr=False)
    side: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo as it is looked at. Lives as long as its call."""

    pixels: Pixels = field(repr=False)
    scale: float
    """How many times larger it was sent."""


class FacePipeline:
    """Owns three queues: decode, detect, embed (and embed-2 for a second recogniser)."""

    def __init__(self, shell: Shell, engine: FaceEngine, decoder: Decoder, *, side: int, batch: int) -> None:
        """`side`: the longest side that photos are looked at with; `batch`: faces in one run of a recogniser."""
        self._engine = engine
        self._decoder = decoder
        self._side = side
        self._decode = shell.lane(self._decoded, shell.worker("decode"))
        self._detect = shell.lane(self._looked, shell.worker("detect"))
        self._embed = [
            shell.lane(partial(self._embedded, which), shell.worker(_embed_queue(which)), max_items=batch)
            for which in range(len(engine.recognitions))
        ]

    @property
    def recognitions(self) -> tuple[Recognition, ...]:
        return self._engine.recognitions

    async def see(self, blob: Blob, priority: Priority, watch: Stopwatch) -> Seen:
        """The faces of a photo. BadPhoto where it cannot be decoded."""
        seen = await self._seen(Sent(blob, self._side), priority, watch)
        return await self._seen(Sent(blob, FULL_SIDE), priority, watch) if seen.wants_full_size else seen

    async def recognise(self, which: int, crop: Pixels, priority: Priority, watch: Stopwatch) -> Embedding:
        """One face as numbers, in one run with whatever else waits."""
        values, ticket = await self._embed[which].run(crop, priority=priority)
        watch.add("queue", ticket.waited_s)
        watch.add("embed", ticket.executed_s)
        recognition = self.recognitions[which]
        return recognition.check(Embedding(recognition.id, values))

    async def _seen(self, sent: Sent, priority: Priority, watch: Stopwatch) -> Seen:
        photo, decoding = await self._decode.run(sent, priority=priority)
        seen, looking = await self._detect.run(photo, priority=priority)
        watch.add("queue", decoding.waited_s + looking.waited_s)
        watch.add("decode", decoding.executed_s)
        watch.add("detect", looking.executed_s)
        return seen

    def _decoded(self, photos: Sequence[Sent], stop: Stop) -> list[Decoded]:
        return [decoded(photo, self._decoder) for photo in photos]

    def _looked(self, photos: Sequence[Decoded], stop: Stop) -> list[Seen]:
        return [self._engine.look(photo.pixels, photo.scale) for photo in photos]

    def _embedded(self, which: int, crops: Sequence[Pixels], stop: Stop) -> list[Vector]:
        return self._engine.embed(which, crops)


def decoded(photo: Sent, decoder: Decoder) -> Decoded:
    """Rows of bytes are of our own making and need no child; everything else is decoded as if it were hostile."""
    blob = photo.blob
    if blob.kind == Kind.KIND_RGB8:
        pixels = decode_trusted(blob, decoder.limits)
        small = shrunk(pixels, photo.side)
        return Decoded(small, pixels.shape[1] / small.shape[1])
    small, (width, _) = decoder.decode_sized(blob.data, announced=blob.kind, fit_within=photo.side)
    return Decoded(small, width / small.shape[1])


def _embed_queue(which: int) -> str:
    return "embed" if which == 0 else f"embed-{which + 1}"

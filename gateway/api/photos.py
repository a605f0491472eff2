"""Photos as they are kept: upright pixels in sRGB and nothing else. What a phone wrote beside them is gone.

The bytes that came are opened in a child process that may do nothing (services.common.images), and never stored.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from likeness.common.v1.face_pb2 import Size
from likeness.gateway.v1.upload_pb2 import Photo

from gateway.offload import Threads
from likeness_wire.chunks import Blob
from likeness_wire.errors import BadPhoto
from services.common.images import Decoder, ImageLimits, encode_jpeg

# It is kept as a JPEG with colour in full, whatever it came as. What that loses moves an identity by a drift of 0.001
# to 0.003 (dlib, faces of 86 and 350 pixels); two photos of a person taken minutes apart differ by up to 0.18.
_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Clean:
    """A photo that may be kept, and what is told of it."""

    facts: Photo
    data: bytes = field(repr=False)


@contextmanager
def of_photo(index: int) -> Iterator[None]:
    """BadPhoto says with which photo something is wrong."""
    try:
        yield
    except BadPhoto as error:
        error.metadata["photo"] = str(index)
        raise


class Cleaner:
    """Owns the decoder's child process and the threads that talk to it."""

    def __init__(self, limits: ImageLimits, longest_side: int) -> None:
        self.limits = limits
        self._longest_side = longest_side
        self._decoder = Decoder(limits)
        # Decoding takes turns; one photo is encoded while the next is decoded.
        self._threads = Threads(2)

    async def clean(self, blob: Blob) -> Clean:
        """BadPhoto says what is wrong, and with which photo."""
        with of_photo(blob.index):
            return await self._threads(self._clean, blob)

    async def __aenter__(self) -> "Cleaner":
        await self._threads(self._decoder.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.close()
        self._decoder.close()

    def _clean(self, blob: Blob) -> Clean:
        pixels, _ = self._decoder.decode_sized(blob.data, announced=blob.kind, fit_within=self._longest_side)
        height, width, _ = pixels.shape
        facts = Photo(kind=blob.kind, size=Size(width=width, height=height), size_bytes=len(blob.data))
        return Clean(facts, encode_jpeg(pixels, quality=_QUALITY, full_chroma=True))

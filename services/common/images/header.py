"""What a file says about its pixels before any of them is decoded."""

from dataclasses import dataclass, field

from likeness.common.v1.chunk_pb2 import Kind

from services.common.images.limits import ImageLimits
from services.common.images.refusals import corrupt, over_decode_limit, too_large

# Longest side of a JPEG; a PNG could claim two thousand million.
_LONGEST_SIDE = 65_535


@dataclass(frozen=True, slots=True)
class Header:
    """`width` and `height` are as stored; `orientation` (Exif, 1 to 8) says how they have to be turned."""

    kind: Kind
    width: int
    height: int
    orientation: int
    # What decoding takes at once: the decoder's own copies, and the pixels as it hands them over.
    working_bytes: int
    profile: bytes | None = field(repr=False)
    # The file, with nothing left in it but what its pixels need.
    stripped: bytes = field(repr=False)

    def check(self, limits: ImageLimits) -> None:
        """To be asked before anything is decoded."""
        if self.width < 1 or self.height < 1:
            raise corrupt(self.kind, "without pixels")
        if self.width * self.height > limits.max_pixels:
            raise too_large("pixels", limits.max_pixels)
        if max(self.width, self.height) > _LONGEST_SIDE:
            raise too_large("pixels on one side", _LONGEST_SIDE)
        if self.working_bytes > limits.decode_memory_bytes:
            raise over_decode_limit()

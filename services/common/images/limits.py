"""How much a photo may ask of us."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The defaults let every phone's and most cameras' photos through."""

    max_bytes: int = 25_000_000
    max_pixels: int = 50_000_000
    # From the first byte handed to the decoder to the last pixel back.
    decode_s: float = 2.0
    # What decoding may take beyond the photo, the finished pixels, and what the decoder holds when idle.
    decode_memory_bytes: int = 300_000_000

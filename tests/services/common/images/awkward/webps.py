"""WebP: lossy and lossless, with and without alpha, and RIFFs that lie."""

import struct
from collections.abc import Callable
from functools import partial

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image

from tests.services.common.images.awkward import pngs
from tests.services.common.images.awkward.case import Case, Pixels, named
from tests.services.common.images.awkward.scene import (
    HEIGHT,
    WIDTH,
    exif,
    image,
    oriented,
    saved,
    scene,
    srgb,
    swapped_profile,
)

_LOSSY = 4.0


def webp(picture: Image.Image | None = None, **options: object) -> bytes:
    return saved(picture or image(), "WEBP", **{"quality": 95, **options})  # type: ignore[arg-type]


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def extended(flags: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    return chunk(
        b"VP8X", bytes((flags, 0, 0, 0)) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


def bitstream() -> bytes:
    """The one chunk of a simple lossy file."""
    return webp()[12:]


def stored_as(orientation: int) -> bytes:
    picture = Image.fromarray(np.ascontiguousarray(oriented(scene(), orientation)))
    return saved(picture, "WEBP", lossless=True, exif=exif(orientation))


def animated() -> bytes:
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def hidden(**options: object) -> bytes:
    picture = Image.fromarray(pngs.half_hidden(3).astype(np.uint8))
    return webp(picture, exact=True, **options)


def huge(width: int, height: int) -> bytes:
    """A lossless stream that claims a size, and ends."""
    bits = (width - 1) | (height - 1) << 14
    return riff(chunk(b"VP8L", b"\x2f" + struct.pack("<I", bits) + bytes(40)))


def _good(name: str, make: Callable[[], bytes], expected: Pixels | None = None, tolerance: float = 0) -> Case:
    return Case(f"WebP {name}", make, scene() if expected is None else expected, tolerance)


_SHOWN = (
    _good("lossy", webp, tolerance=_LOSSY),
    _good("lossless", partial(webp, lossless=True)),
    _good("lossy with alpha", hidden, pngs.half_shown(3), _LOSSY),
    _good("lossless with alpha", partial(hidden, lossless=True), pngs.half_shown(3), 0.6),
    *(_good(f"orientation {n}", partial(stored_as, n)) for n in range(2, 9)),
    _good("profile sRGB", partial(webp, lossless=True, icc_profile=srgb())),
    _good(
        "profile with red and green exchanged",
        partial(webp, lossless=True, icc_profile=swapped_profile()),
        scene()[..., [1, 0, 2]],
        1,
    ),
    _good("unknown chunks", lambda: riff(extended(), chunk(b"JUNK", b"x" * 777), bitstream()), tolerance=_LOSSY),
    _good("garbage behind the end", lambda: webp() + bytes(999), tolerance=_LOSSY),
    _good("Exif of garbage", partial(webp, lossless=True, exif=b"\xff" * 999)),
    _good("1 pixel", lambda: webp(Image.new("RGB", (1, 1)), lossless=True), np.zeros((1, 1, 3), np.uint8)),
)

_REFUSED = (
    *named(
        reasons.REASON_ANIMATED,
        WebP_animated=animated,
        WebP_animation_flag=lambda: riff(extended(0x02), bitstream()),
        WebP_single_animation_frame=lambda: riff(extended(), chunk(b"ANMF", bytes(16) + bitstream())),
    ),
    *named(
        reasons.REASON_CORRUPT,
        WebP_header_only=lambda: webp()[:12],
        WebP_half=lambda: webp()[: len(webp()) // 2],
        WebP_but_for_2_bytes=lambda: webp()[:-2],
        WebP_lossless_half=lambda: webp(lossless=True)[: len(webp(lossless=True)) // 2],
        WebP_longer_than_itself=lambda: b"RIFF\xff\xff\xff\x7fWEBP" + bitstream(),
        WebP_chunk_longer_than_itself=lambda: riff(b"VP8 \xff\xff\xff\x7f" + bitstream()[8:]),
        WebP_without_picture=lambda: riff(extended()),
        WebP_two_pictures=lambda: riff(extended(), bitstream(), bitstream()),
        WebP_empty_picture=lambda: riff(chunk(b"VP8 ", b"")),
        WebP_of_zeros=lambda: riff(chunk(b"VP8 ", bytes(500))),
        WebP_lossless_of_zeros=lambda: riff(chunk(b"VP8L", bytes(500))),
        WebP_lossless_that_ends=partial(huge, 2000, 2000),
        WebP_pixels_overwritten=lambda: webp(lossless=True)[:60] + bytes(len(webp(lossless=True)) - 60),
    ),
    *named(
        reasons.REASON_TOO_LARGE,
        WebP_bomb=partial(huge, 16_383, 16_383),
        WebP_profile_of_5_MB=lambda: riff(extended(0x20), chunk(b"ICCP", bytes(5_000_000)), bitstream()),
        WebP_million_chunks=lambda: riff(extended(), *[chunk(b"JUNK", b"")] * 1_000_000, bitstream()),
    ),
    *named(reasons.REASON_DECODE_LIMIT, WebP_lossless_of_49_megapixels=partial(huge, 7_000, 7_000)),
)

CASES: tuple[Case, ...] = (*_SHOWN, *_REFUSED)

"""PNG: every colour type and depth, transparency that hides things, and chunks that lie."""

import struct
import zlib
from collections.abc import Callable
from functools import partial

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from numpy.typing import NDArray
from PIL import Image

from tests.services.common.images.awkward.case import Case, Pixels, named
from tests.services.common.images.awkward.scene import (
    HEIGHT,
    WIDTH,
    exif,
    grey,
    image,
    oriented,
    saved,
    scene,
    srgb,
    swapped_profile,
)

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGBA: 4}


def chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def header(width: int, height: int, depth: int = 8, colour: int = _RGB, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(samples: NDArray[np.integer], depth: int, colour: int, *between: bytes) -> bytes:
    """By hand: samples of height × width × channels as they are stored; `between` are chunks before the pixels."""
    height, width = samples.shape[:2]
    rows = samples.reshape(height, -1)
    if depth == 16:
        packed = [row.astype(">u2").tobytes() for row in rows]
    else:
        bits = [np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth :] for row in rows]
        packed = [np.packbits(row).tobytes() for row in bits]
    pixels = zlib.compress(b"".join(b"\0" + row for row in packed))
    parts = (header(width, height, depth, colour), *between, chunk(b"IDAT", pixels), chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def plain(*between: bytes) -> bytes:
    return png(scene(), 8, _RGB, *between)


def grey_of(depth: int) -> bytes:
    return png(grey()[..., :1].astype(np.uint16) >> 8 - depth if depth < 8 else grey()[..., :1], depth, _GREY)


def grey_shown(depth: int) -> Pixels:
    """Fewer bits are spread over all of the scale."""
    return ((grey() >> 8 - depth).astype(np.uint16) * 255 // (2**depth - 1)).astype(np.uint8)


def palette_of(depth: int, *, transparent: bool = False) -> bytes:
    """Vertical stripes in as many colours as there are; the first may be transparent, and is secretly red."""
    count = 2**depth
    colours = np.array([[255, 0, 0], *([n, 255 - n, n // 2] for n in range(1, count))], np.uint8)
    between = [chunk(b"PLTE", colours.tobytes())] + ([chunk(b"tRNS", b"\0")] if transparent else [])
    return png(_stripes(count), depth, _PALETTE, *between)


def palette_shown(depth: int, *, transparent: bool = False) -> Pixels:
    count = 2**depth
    first = [255, 255, 255] if transparent else [255, 0, 0]
    colours = np.array([first, *([n, 255 - n, n // 2] for n in range(1, count))], np.uint8)
    return colours[_stripes(count)[..., 0]]


def _stripes(count: int) -> NDArray[np.int64]:
    return (np.mgrid[0:HEIGHT, 0:WIDTH][1] % count)[..., None]


def half_hidden(channels: int) -> NDArray[np.int64]:
    """The scene with alpha: nothing, half, all of it, from left to right. Under nothing lies a secret."""
    base = grey()[..., :1] if channels == 1 else scene()
    pixels = np.concatenate((base, _alpha()), axis=-1).astype(np.int64)
    pixels[:, : WIDTH // 3, :channels] = 123
    return pixels


def half_shown(channels: int) -> Pixels:
    base = (grey() if channels == 1 else scene()).astype(np.float64)
    share = _alpha() / 255
    shown = base * share + 255 * (1 - share)
    return np.rint(shown).astype(np.uint8)


def _alpha() -> NDArray[np.int64]:
    alpha = np.full((HEIGHT, WIDTH, 1), 128)
    alpha[:, : WIDTH // 3] = 0
    alpha[:, -WIDTH // 3 :] = 255
    return alpha


def keyed(depth: int, colour: int) -> bytes:
    """The upper half in one colour, which the file calls transparent."""
    samples = (grey()[..., :1] if colour == _GREY else scene()).astype(np.int64)
    samples[: HEIGHT // 2] = 200
    key = 200
    if depth == 16:
        samples, key = samples * 257, 200 * 257
    return png(samples, depth, colour, chunk(b"tRNS", struct.pack(">H", key) * _CHANNELS[colour]))


def keyed_shown(colour: int) -> Pixels:
    pixels = (grey() if colour == _GREY else scene()).copy()
    pixels[(pixels == 200).all(axis=-1)] = 255
    pixels[: HEIGHT // 2] = 255
    return pixels


def interlaced() -> bytes:
    """Seven passes over the scene, by hand."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(b"\0" + row.tobytes() for y, x, dy, dx in passes for row in scene()[y::dy, x::dx])
    parts = (header(WIDTH, HEIGHT, interlace=1), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def stored_as(orientation: int) -> bytes:
    stored = np.ascontiguousarray(oriented(scene(), orientation))
    return png(stored, 8, _RGB, chunk(b"eXIf", exif(orientation).removeprefix(b"Exif\0\0")))


def profiled(profile: bytes) -> bytes:
    return plain(chunk(b"iCCP", b"some name\0\0" + zlib.compress(profile, 1)))


def claiming(width: int, height: int, depth: int = 8, colour: int = _RGB) -> bytes:
    """A file whose header says so, with a handful of compressed zeros behind it."""
    parts = (header(width, height, depth, colour), chunk(b"IDAT", zlib.compress(bytes(100_000))), chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def black(side: int) -> bytes:
    """Within the limits of pixels, and a thousand times smaller than what it unpacks to."""
    return saved(Image.new("RGB", (side, side)), "PNG", compress_level=1)


def drizzled() -> bytes:
    """Pixels in chunks of one byte."""
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in scene()), 9)
    parts = (header(WIDTH, HEIGHT), *(chunk(b"IDAT", packed[n : n + 1]) for n in range(len(packed))), chunk(b"IEND"))
    return SIGNATURE + b"".join(parts)


def apng(frames: int) -> bytes:
    return plain(chunk(b"acTL", struct.pack(">II", frames, 0)))


def broken(name: bytes) -> bytes:
    """One bit of the chunk's checksum is wrong."""
    data = bytearray(plain(chunk(b"tEXt", b"Comment\0x")))
    at = data.index(name)
    (length,) = struct.unpack_from(">I", data, at - 4)
    data[at + 4 + length] ^= 1
    return bytes(data)


def with_checksums(data: bytes) -> bytes:
    """The file with every checksum put right, as far as its chunks can be told apart."""
    mended, at = bytearray(data), len(SIGNATURE)
    while data.startswith(SIGNATURE) and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 <= len(data):
            mended[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(mended)


def raw(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks)


def _pixels(data: bytes) -> bytes:
    return chunk(b"IDAT", zlib.compress(data))


def _good(name: str, make: Callable[[], bytes], expected: Pixels | None = None, tolerance: float = 0) -> Case:
    return Case(f"PNG {name}", make, scene() if expected is None else expected, tolerance)


def _deep(pixels: Pixels) -> NDArray[np.int64]:
    """16 bits, of which the lower eight say the opposite of the upper."""
    return pixels.astype(np.int64) * 256 + 255 - pixels


_SHOWN = (
    _good("RGB", plain),
    _good("by Pillow", lambda: saved(image(), "PNG")),
    *(_good(f"grey of {depth} bits", partial(grey_of, depth), grey_shown(depth)) for depth in (1, 2, 4, 8)),
    _good("grey of 16 bits", lambda: png(_deep(grey()[..., :1]), 16, _GREY), grey()),
    _good("RGB of 16 bits", lambda: png(_deep(scene()), 16, _RGB)),
    _good("RGBA", lambda: png(half_hidden(3), 8, _RGBA), half_shown(3), 0.6),
    _good("RGBA of 16 bits", lambda: png(half_hidden(3) * 257, 16, _RGBA), half_shown(3), 0.6),
    _good("grey and alpha", lambda: png(half_hidden(1), 8, _GREY_ALPHA), half_shown(1), 0.6),
    _good("grey and alpha of 16 bits", lambda: png(half_hidden(1) * 257, 16, _GREY_ALPHA), half_shown(1), 0.6),
    *(_good(f"palette of {depth} bits", partial(palette_of, depth), palette_shown(depth)) for depth in (1, 2, 4, 8)),
    *(
        _good(
            f"palette of {depth} bits, transparent",
            partial(palette_of, depth, transparent=True),
            palette_shown(depth, transparent=True),
        )
        for depth in (1, 2, 4, 8)
    ),
    _good("transparent colour", partial(keyed, 8, _RGB), keyed_shown(_RGB)),
    _good("transparent colour of 16 bits", partial(keyed, 16, _RGB), keyed_shown(_RGB)),
    _good("transparent grey", partial(keyed, 8, _GREY), keyed_shown(_GREY)),
    _good("transparent grey of 16 bits", partial(keyed, 16, _GREY), keyed_shown(_GREY)),
    _good("interlaced", interlaced),
    *(_good(f"orientation {n}", partial(stored_as, n)) for n in range(2, 9)),
    _good("profile sRGB", lambda: profiled(srgb())),
    _good("profile with red and green exchanged", lambda: profiled(swapped_profile()), scene()[..., [1, 0, 2]], 1),
    _good("profile of garbage", lambda: profiled(b"\xff" * 3000)),
    _good("profile that cannot be unpacked", lambda: plain(chunk(b"iCCP", b"name\0\0garbage"))),
    _good("profile without a name", lambda: plain(chunk(b"iCCP"))),
    _good("text of 8 MB", lambda: plain(chunk(b"tEXt", b"Comment\0" + b"x" * 8_000_000))),
    _good("text that unpacks to 60 MB", lambda: plain(chunk(b"zTXt", b"C\0\0" + zlib.compress(bytes(60_000_000), 1)))),
    _good("private chunks", lambda: plain(chunk(b"prVt", b"payload"), chunk(b"caBX", b"provenance"))),
    _good("garbage behind the end", lambda: plain() + b"PK\3\4" + bytes(1000)),
    _good("HTML behind the end", lambda: plain() + b"<script>alert(1)</script>"),
    _good("animation of one frame", partial(apng, 1)),
    _good("chunks of one byte", drizzled),
    _good("1 pixel", lambda: png(np.array([[[9, 99, 199]]]), 8, _RGB), np.array([[[9, 99, 199]]], np.uint8)),
    Case("PNG of 49 black megapixels", partial(black, 7000), np.zeros((500, 500, 3), np.uint8), fit_within=500),
)

_REFUSED = (
    *named(
        reasons.REASON_ANIMATED,
        PNG_animated=partial(apng, 2),
        PNG_animated_ten_thousand_frames=partial(apng, 10_000),
    ),
    *named(
        reasons.REASON_CORRUPT,
        PNG_signature_only=lambda: SIGNATURE,
        PNG_checksum_of_header=partial(broken, b"IHDR"),
        PNG_checksum_of_pixels=partial(broken, b"IDAT"),
        PNG_checksum_of_text=partial(broken, b"tEXt"),
        PNG_checksum_of_end=partial(broken, b"IEND"),
        PNG_half=lambda: plain()[: len(plain()) // 2],
        PNG_but_for_one_byte=lambda: plain()[:-1],
        PNG_without_end=lambda: plain()[:-12],
        PNG_without_header=lambda: raw(_pixels(bytes(100)), chunk(b"IEND")),
        PNG_header_twice=lambda: raw(header(4, 4), header(9000, 9000), _pixels(bytes(52)), chunk(b"IEND")),
        PNG_header_of_12_bytes=lambda: raw(chunk(b"IHDR", bytes(12)), chunk(b"IEND")),
        PNG_without_pixels=lambda: raw(header(WIDTH, HEIGHT), chunk(b"IEND")),
        PNG_too_few_pixels=lambda: raw(header(WIDTH, HEIGHT), _pixels(bytes(1000)), chunk(b"IEND")),
        PNG_pixels_not_packed=lambda: raw(header(WIDTH, HEIGHT), chunk(b"IDAT", b"not packed" * 99), chunk(b"IEND")),
        PNG_of_no_width=lambda: raw(header(0, HEIGHT), _pixels(bytes(HEIGHT)), chunk(b"IEND")),
        PNG_of_3_bits=lambda: raw(header(4, 4, depth=3), _pixels(bytes(52)), chunk(b"IEND")),
        PNG_of_colour_type_5=lambda: raw(header(4, 4, colour=5), _pixels(bytes(52)), chunk(b"IEND")),
        PNG_of_unknown_interlacing=lambda: raw(header(4, 4, interlace=7), _pixels(bytes(52)), chunk(b"IEND")),
        PNG_filter_9=lambda: raw(header(4, 1), _pixels(b"\x09" + bytes(12)), chunk(b"IEND")),
        PNG_chunk_of_2_GB=lambda: SIGNATURE + header(4, 4) + b"\x7f\xff\xff\xffIDAT" + bytes(100),
    ),
    *named(
        reasons.REASON_TOO_LARGE,
        PNG_bomb=partial(claiming, 65_535, 65_535),
        PNG_largest_bomb=partial(claiming, 2**31 - 1, 2**31 - 1),
        PNG_thousand_million_wide=partial(claiming, 1_000_000_000, 1),
        PNG_thousand_million_high=partial(claiming, 1, 1_000_000_000),
        PNG_one_line_of_49_megapixels=partial(claiming, 49_000_000, 1),
        PNG_of_bits_bomb=partial(claiming, 100_000, 100_000, 1, _GREY),
        PNG_just_above_50_megapixels=partial(claiming, 10_000, 5_001),
        PNG_profile_that_unpacks_to_60_MB=lambda: profiled(bytes(60_000_000)),
        PNG_million_chunks=lambda: plain(*[chunk(b"tEXt")] * 1_000_000),
    ),
)

CASES: tuple[Case, ...] = (*_SHOWN, *_REFUSED)

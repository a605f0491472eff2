"""JPEG: every mode and layout a camera, a phone or an editor writes, and those that only an attacker does."""

import io
import struct
import zipfile
from collections.abc import Callable
from functools import partial

import numpy as np
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image, ImageChops

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

_LOSSY = 3.0  # what quality 95 costs this scene, with room


def jpeg(picture: Image.Image | None = None, **options: object) -> bytes:
    return saved(picture or image(), "JPEG", **{"quality": 95, **options})  # type: ignore[arg-type]


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(*segments: bytes, data: bytes | None = None) -> bytes:
    """Right behind the start of the image."""
    data = data or jpeg()
    return data[:2] + b"".join(segments) + data[2:]


def with_profile(profile: bytes, *, lose: int | None = None, picture: Image.Image | None = None) -> bytes:
    pieces = [profile[start : start + 65_000] for start in range(0, len(profile), 65_000)]
    head = b"ICC_PROFILE\0"
    segments = [segment(0xE2, head + bytes((n, len(pieces))) + piece) for n, piece in enumerate(pieces, 1)]
    if lose is not None:
        del segments[lose]
    return with_segments(*segments, data=jpeg(picture))


def stored_as(orientation: int, order: str = "<") -> bytes:
    picture = Image.fromarray(np.ascontiguousarray(oriented(scene(), orientation)))
    return with_segments(segment(0xE1, exif(orientation, order)), data=jpeg(picture))


def claiming(width: int, height: int, data: bytes | None = None) -> bytes:
    """The same file, whose frame header claims another size."""
    data = data or jpeg()
    at = next(at for at in range(2, len(data)) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def cmyk(*, adobe: bool = True) -> bytes:
    """Four inks, stored inverted. Adobe's segment says that they are; browsers take it for granted."""
    data = jpeg(image("CMYK"))
    start, length = _adobe_segment(data)
    return data if adobe else data[:start] + data[start + length :]


def ycck() -> bytes:
    """Three of the inks as brightness and colour, which halves a file. Pillow writes what we then call by its name."""
    inks = image("CMYK").split()
    colour = Image.merge("RGB", inks[:3]).convert("YCbCr").split()
    data = jpeg(Image.merge("CMYK", (*map(ImageChops.invert, colour), inks[3])))
    start, length = _adobe_segment(data)
    return data[: start + length - 1] + b"\x02" + data[start + length :]


def _adobe_segment(data: bytes) -> tuple[int, int]:
    start = data.index(b"\xff\xee")
    return start, struct.unpack_from(">H", data, start + 2)[0] + 2


def several_frames() -> bytes:
    """As phones store a depth or gain map behind the photo."""
    file = io.BytesIO()
    image().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT), "black")], quality=95)
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("payload.txt", "not a photo")
    return file.getvalue()


def many_scans(side: int, scans: int) -> bytes:
    """A few kilobytes that make a progressive decoder walk the whole picture for every scan."""
    data = jpeg(Image.new("L", (side, side)), progressive=True)
    starts = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    scan = data[starts[1] : starts[2]]
    return data[: starts[2]] + scan * scans + data[starts[2] :]


def inked() -> Pixels:
    """Ink without a profile, as everybody shows it."""
    return np.asarray(image("CMYK").convert("RGB"))


def _good(name: str, make: Callable[[], bytes], expected: Pixels | None = None, tolerance: float = _LOSSY) -> Case:
    return Case(f"JPEG {name}", make, scene() if expected is None else expected, tolerance)


_SHOWN = (
    _good("baseline", jpeg),
    _good("progressive", partial(jpeg, progressive=True)),
    _good("full chroma", partial(jpeg, subsampling=0)),
    _good("half chroma", partial(jpeg, subsampling=1)),
    _good("optimised tables", partial(jpeg, optimize=True)),
    _good("restart markers", partial(jpeg, restart_marker_rows=1)),
    _good("RGB without transform", partial(jpeg, keep_rgb=True)),
    _good("grey", lambda: jpeg(image("L")), grey()),
    _good("CMYK, Adobe's", cmyk, inked()),
    _good("CMYK without Adobe's segment", partial(cmyk, adobe=False), inked()),
    _good("YCCK", ycck, inked()),
    _good("MPO, two frames", several_frames),
    *(_good(f"orientation {n}", partial(stored_as, n)) for n in range(1, 9)),
    _good("orientation 6, big-endian", partial(stored_as, 6, ">")),
    _good("orientation 0", lambda: with_segments(segment(0xE1, exif(0)))),
    _good("orientation 9", lambda: with_segments(segment(0xE1, exif(9)))),
    _good("Exif of garbage", lambda: with_segments(segment(0xE1, b"Exif\0\0" + b"\xff" * 5000))),
    _good("Exif far away", lambda: with_segments(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f"))),
    _good("Exif without end", lambda: with_segments(segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff"))),
    _good("largest Exif", lambda: with_segments(segment(0xE1, exif(1) + bytes(65_000)))),
    _good("two Exif segments that differ", lambda: with_segments(segment(0xE1, exif(1)), segment(0xE1, exif(3)))),
    _good("forty comments", lambda: with_segments(*[segment(0xFE, b"<script>" * 8000)] * 40)),
    _good("fill bytes", lambda: with_segments(b"\xff" * 500 + segment(0xFE, b"x"))),
    _good("broken MPF", lambda: with_segments(segment(0xE2, b"MPF\0" + b"\xff" * 60))),
    _good("broken Photoshop segment", lambda: with_segments(segment(0xED, b"Photoshop 3.0\08BIM" + b"\xff" * 60))),
    _good("profile sRGB", lambda: with_profile(srgb())),
    _good("profile with red and green exchanged", lambda: with_profile(swapped_profile()), scene()[..., [1, 0, 2]]),
    _good("profile of garbage", lambda: with_profile(b"\xff" * 5000)),
    _good("profile with a part lost", lambda: with_profile(srgb() + bytes(100_000), lose=0)),
    _good("profile for grey in colour", lambda: with_profile(srgb().replace(b"RGB XYZ", b"GRAYXYZ"))),
    _good("profile for colour in grey", lambda: with_profile(srgb(), picture=image("L")), grey()),
    _good("JPEG and ZIP", lambda: jpeg() + zipped()),
    _good("motion photo", lambda: jpeg() + b"\0\0\0\x18ftypmp42" + bytes(100_000)),
    _good("one JPEG behind another", lambda: jpeg() + jpeg(Image.new("RGB", (500, 500)))),
    _good("without tables, as cameras stream it", lambda: jpeg(image("L")).replace(b"\xff\xc4", b"\xff\xfe"), grey()),
    _good("1 pixel", lambda: jpeg(Image.new("RGB", (1, 1), (9, 99, 199))), np.array([[[9, 99, 199]]], np.uint8)),
    _good(
        "one line", lambda: jpeg(Image.new("L", (65_500, 1), 77)), np.full((1, 65_500, 3), 77, np.uint8), tolerance=1.0
    ),
)

_REFUSED = (
    *named(
        reasons.REASON_CORRUPT,
        JPEG_start_only=lambda: b"\xff\xd8\xff",
        JPEG_header_only=lambda: jpeg()[:300],
        JPEG_half=lambda: jpeg()[: len(jpeg()) // 2],
        JPEG_but_for_50_bytes=lambda: jpeg()[:-50],
        JPEG_progressive_half=lambda: jpeg(progressive=True)[: len(jpeg()) // 2],
        JPEG_without_pixels=lambda: claiming(0, 0),
        JPEG_without_height=lambda: claiming(WIDTH, 0),
        JPEG_but_for_its_end=lambda: jpeg()[:-2],
        JPEG_segment_over_the_end=lambda: jpeg()[:2] + b"\xff\xe1\xff\xff" + bytes(100),
        JPEG_segment_of_no_length=lambda: with_segments(b"\xff\xfe\0\0"),
        JPEG_of_zeros=lambda: b"\xff\xd8\xff" + bytes(10_000),
        JPEG_of_text=lambda: b"\xff\xd8\xff" + b"GIF89a <svg> " * 100,
        JPEG_end_at_once=lambda: b"\xff\xd8\xff\xd9" + jpeg(),
        JPEG_12_bit=lambda: jpeg().replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),
        JPEG_without_quantisation=lambda: jpeg().replace(b"\xff\xdb", b"\xff\xfe"),
    ),
    *named(
        reasons.REASON_TOO_LARGE,
        JPEG_bomb=lambda: claiming(65_535, 65_535),
        JPEG_just_above_50_megapixels=lambda: claiming(10_000, 5_001),
        JPEG_profile_of_8_MB=lambda: with_profile(bytes(8_000_000)),
        JPEG_million_segments=lambda: with_segments(*[segment(0xFE, b"")] * 1_000_000),
        JPEG_of_26_MB=lambda: jpeg() + bytes(26_000_000),
    ),
    *named(
        reasons.REASON_DECODE_LIMIT,
        JPEG_progressive_with_thousands_of_scans=lambda: many_scans(6_000, 4_000),
        JPEG_progressive_of_49_megapixels_in_full_chroma=lambda: claiming(
            7_000, 7_000, jpeg(progressive=True, subsampling=0)
        ),
    ),
)

CASES: tuple[Case, ...] = (*_SHOWN, *_REFUSED)

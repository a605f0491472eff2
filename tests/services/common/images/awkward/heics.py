"""HEIC as phones write it, and its relatives that are not accepted."""

import io
import struct
from collections.abc import Callable
from functools import partial

import numpy as np
import pillow_heif
from likeness.common.v1 import reason_pb2 as reasons
from PIL import Image

from tests.services.common.images.awkward import pngs
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

_LOSSY = 4.0


def heic(*pictures: Image.Image, orientation: int = 1) -> bytes:
    """HEIF's own boxes say how to turn it, and Exif says so once more."""
    file = pillow_heif.HeifFile()
    for picture in pictures or (image(),):
        file.add_from_pillow(picture).info["exif"] = exif(orientation)
    return _written(file)


def turned(orientation: int) -> bytes:
    return heic(Image.fromarray(np.ascontiguousarray(oriented(scene(), orientation))), orientation=orientation)


def brand(major: bytes, *others: bytes) -> bytes:
    """A HEIC that says it is something else, in as many bytes."""
    data = heic()
    (length,) = struct.unpack_from(">I", data)
    return data[:8] + (major + bytes(4) + b"".join(others)).ljust(length - 8, b"\0") + data[length:]


def claiming(width: int, height: int) -> bytes:
    """Every size property says so."""
    data = heic()
    return data.replace(struct.pack(">II", WIDTH, HEIGHT), struct.pack(">II", width, height))


def with_profile(profile: bytes) -> bytes:
    picture = image()
    picture.info["icc_profile"] = profile
    return heic(picture)


def deep() -> bytes:
    """10 bits a channel, as phones with a better sensor write."""
    samples = (scene().astype(np.uint16) * 257).tobytes()
    return _written(pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), samples))


def grid() -> bytes:
    """Tiles that are decoded side by side, as phones store everything large."""
    pillow_heif.options.GRID_TILE_SIZE = 64
    try:
        return heic(Image.fromarray(np.tile(scene(), (4, 4, 1))))
    finally:
        pillow_heif.options.GRID_TILE_SIZE = 0


def _written(file: pillow_heif.HeifFile) -> bytes:
    target = io.BytesIO()
    file.save(target, quality=95)
    return target.getvalue()


def _good(name: str, make: Callable[[], bytes], expected: Pixels | None = None) -> Case:
    return Case(f"HEIC {name}", make, scene() if expected is None else expected, _LOSSY)


_SHOWN = (
    _good("plain", heic),
    _good("grey", lambda: heic(image("L")), grey()),
    _good("10 bits", deep),
    _good("alpha", lambda: heic(Image.fromarray(pngs.half_hidden(3).astype(np.uint8))), pngs.half_shown(3)),
    *(_good(f"orientation {n}", partial(turned, n)) for n in range(2, 9)),
    _good("burst", lambda: heic(image(), Image.new("RGB", (WIDTH, HEIGHT)), Image.new("RGB", (WIDTH, HEIGHT)))),
    _good("grid", grid, np.tile(scene(), (4, 4, 1))),
    _good("brand mif1", lambda: brand(b"mif1", b"mif1", b"heic")),
    _good("profile sRGB", lambda: with_profile(srgb())),
    Case(
        "HEIC profile with red and green exchanged",
        lambda: with_profile(swapped_profile()),
        scene()[..., [1, 0, 2]],
        _LOSSY,
    ),
)

_REFUSED = (
    *named(
        reasons.REASON_CORRUPT,
        HEIC_brand_only=lambda: brand(b"heic", b"heic")[:28],
        HEIC_header_only=lambda: heic()[:200],
        HEIC_half=lambda: heic()[: len(heic()) // 2],
        HEIC_but_for_100_bytes=lambda: heic()[:-100],
        HEIC_of_zeros=lambda: brand(b"heic", b"heic")[:28] + bytes(5_000),
    ),
    *named(
        reasons.REASON_TOO_LARGE,
        HEIC_bomb=partial(claiming, 30_000, 30_000),
        HEIC_just_above_50_megapixels=partial(claiming, 10_000, 5_001),
    ),
    *named(
        reasons.REASON_ANIMATED,
        HEIC_sequence=lambda: brand(b"hevc", b"msf1", b"hevc"),
        HEIF_sequence=lambda: brand(b"msf1", b"msf1"),
    ),
    *named(
        reasons.REASON_UNSUPPORTED_FORMAT,
        AVIF=lambda: saved(image(), "AVIF"),
        AVIF_called_mif1=lambda: brand(b"mif1", b"mif1", b"avif"),
        HEIF_of_unknown_coding=lambda: brand(b"mif1", b"mif1", b"jpeg"),
        MP4=lambda: brand(b"isom", b"mp42"),
        QuickTime=lambda: brand(b"qt  "),
    ),
)

CASES: tuple[Case, ...] = (*_SHOWN, *_REFUSED)

"""Any mode that our readers produce, as sRGB on white."""

import io
from collections.abc import Callable

from PIL import Image, ImageChops, ImageCms

ToSrgb = Callable[[Image.Image], Image.Image]

_SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
# Enough colours to tell a profile that means sRGB from one that does not.
_SAMPLES_A_SIDE = 17


def flattened(piece: Image.Image) -> Image.Image:
    """RGB, L or CMYK. What transparency hid is replaced by white, not merely made opaque."""
    if piece.mode == "I;16":
        piece = _high_bytes(piece)
    if "transparency" in piece.info or piece.mode in ("PA", "RGBa"):
        piece = piece.convert("RGBA")
    if piece.mode in ("LA", "RGBA"):
        ground = Image.new("L" if piece.mode == "LA" else "RGB", piece.size, "white")
        ground.paste(piece.convert(ground.mode), mask=piece.getchannel("A"))
        return ground
    return piece.convert({"1": "L", "P": "RGB"}[piece.mode]) if piece.mode in ("1", "P") else piece


def to_srgb(mode: str, profile: bytes | None) -> ToSrgb:
    """For flattened pieces of one mode. A profile that is damaged, or for another mode, counts as none."""
    convert = _by_profile(mode, profile) if profile else None
    return convert or (lambda piece: piece.convert("RGB"))


def _by_profile(mode: str, profile: bytes) -> ToSrgb | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space != _SPACES[mode]:
            return None
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB", intent, _FLAGS)
        if mode == "RGB" and _changes_nothing(transform):
            return None
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return lambda piece: _applied(transform, piece)


def _applied(transform: ImageCms.ImageCmsTransform, piece: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(piece, transform)
    assert converted is not None  # noqa: S101 - only in place it returns nothing
    return converted


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Most photos say sRGB at length; leaving them alone saves more time than decoding takes."""
    steps = [round(step * 255 / (_SAMPLES_A_SIDE - 1)) for step in range(_SAMPLES_A_SIDE)]
    colours = bytes(value for red in steps for green in steps for blue in steps for value in (red, green, blue))
    sample = Image.frombytes("RGB", (_SAMPLES_A_SIDE**2, _SAMPLES_A_SIDE), colours)
    differences = ImageChops.difference(sample, _applied(transform, sample)).tobytes()
    return max(differences) <= 1


def _high_bytes(piece: Image.Image) -> Image.Image:
    """Pillow would clip 16 bits to 8 instead of scaling them."""
    shallow = Image.frombytes("L", piece.size, piece.tobytes("raw", "I;16")[1::2])
    shallow.info = dict(piece.info)
    return shallow

"""The picture that good cases show: unlike itself under every turn, in every channel, and smooth enough for JPEG."""

import io
import struct
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from tests.services.common.images.awkward.case import Pixels

WIDTH, HEIGHT = 96, 64


def scene() -> Pixels:
    """Red grows to the right, green downwards; a blue block marks the upper left."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.stack((40 + x * 2, 30 + y * 3, np.full_like(x, 60)), axis=-1)
    pixels[4:20, 6:30, 2] = 220
    return pixels.astype(np.uint8)


def image(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(scene()).convert(mode)


def grey() -> Pixels:
    """The scene as Pillow greys it, in three channels."""
    return np.asarray(image("L").convert("RGB"))


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and green exchanged: a file that carries it shows red where it says green."""
    profile = srgb()
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def oriented(pixels: Pixels, orientation: int) -> Pixels:
    """How pixels have to be stored for Exif's `orientation` to bring them upright."""
    return {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2),
        6: lambda p: p.transpose(1, 0, 2)[::-1],
        7: lambda p: p.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda p: p.transpose(1, 0, 2)[:, ::-1],
    }[orientation](pixels)


def exif(orientation: int, order: str = "<") -> bytes:
    """A TIFF directory that says where up is, and where the photo was taken."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    entries += struct.pack(order + "HHII", 0x8825, 4, 1, 0)  # a GPS directory, which nobody may follow
    return b"Exif\0\0" + head + struct.pack(order + "IH", 8, 2) + entries + bytes(4)

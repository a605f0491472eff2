"""A photo of 12 megapixels as phones take it, in every accepted format. Made here: no photo of anybody is needed."""

import io
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms

WIDTH, HEIGHT = 4032, 3024


def photo(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """Soft shapes with grain: about as many bytes a pixel, in every format, as a portrait."""
    generator = np.random.default_rng(0)
    soft = _stretched(generator.integers(40, 215, (24, 32, 3), np.uint8), width, height)
    return soft + _stretched(generator.integers(0, 24, (height // 2, width // 2, 3), np.uint8), width, height)


def _stretched(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((width, height)))


def encoded(pixels: NDArray[np.uint8], form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(file, quality=60)
    else:
        image.save(file, form, **options)
    return file.getvalue()


def wide_gamut() -> bytes:
    """A profile that every pixel has to be converted from: sRGB with a redder red, as phones have it."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tag = profile.index(b"rXYZ")
    red = int.from_bytes(profile[tag + 4 : tag + 8], "big") + 8
    profile[red : red + 4] = int(int.from_bytes(profile[red : red + 4], "big") * 1.1).to_bytes(4, "big")
    return bytes(profile)


def lying() -> bytes:
    """Exif that says the phone was held upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()

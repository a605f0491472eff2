"""What happens to one photo without making it another person: light, colour, focus, lens, file."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from services.faces.face import Pixels

Change = Callable[[Image.Image], Image.Image]


def _grain(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(0).normal(0, 14, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def _tinted(red: float, green: float, blue: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        return Image.fromarray(np.clip(np.asarray(image) * np.array([red, green, blue]), 0, 255).astype(np.uint8))

    return change


def _jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return change


def _stretched(width: float, height: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        return image.resize((round(image.width * width), round(image.height * height)), Image.Resampling.LANCZOS)

    return change


def _side_light(image: Image.Image) -> Image.Image:
    ramp = np.linspace(0.35, 1.25, image.width)[None, :, None]
    return Image.fromarray(np.clip(np.asarray(image) * ramp, 0, 255).astype(np.uint8))


CHANGES: Mapping[str, Change] = {
    "mirrored": ImageOps.mirror,
    "black and white": lambda image: image.convert("L").convert("RGB"),
    "warm light": _tinted(1.15, 1.0, 0.75),
    "cold light": _tinted(0.8, 0.95, 1.15),
    "dim": lambda image: ImageEnhance.Brightness(image).enhance(0.45),
    "bright": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "flat": lambda image: ImageEnhance.Contrast(image).enhance(0.5),
    "hard": lambda image: ImageEnhance.Contrast(image).enhance(1.7),
    "light from the side": _side_light,
    "vivid": lambda image: ImageEnhance.Color(image).enhance(1.9),
    "grain": _grain,
    "JPEG 20": _jpeg(20),
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(3, 180)),
    "smoothed skin": lambda image: image.filter(ImageFilter.MedianFilter(7)),
    "soft": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "turned 12 degrees": lambda image: image.rotate(12, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128)),
    "a third of the size": _stretched(1 / 3, 1 / 3),
    "8 % narrower": _stretched(0.92, 1.0),
    "8 % lower": _stretched(1.0, 0.92),
    "posterised": lambda image: ImageOps.posterize(image, 3),
}


def changed(photo: Pixels, name: str) -> Pixels:
    return np.ascontiguousarray(CHANGES[name](Image.fromarray(photo)))

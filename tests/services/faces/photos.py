"""Real faces to test with, and what can go wrong with a photo of one.

The astronaut is in the public domain. The six of insightface's `t1.jpg` are a publicity photo: their numbers may be
printed, their pixels never.
"""

from functools import cache
from importlib.resources import files

import numpy as np
import skimage.data
from PIL import Image, ImageFilter

from services.faces.face import Pixels

# Where the astronaut's head is.
_HEAD = (100, 0, 350, 250)


@cache
def astronaut() -> Pixels:
    """512 x 512, one face, 86 pixels wide."""
    return _frozen(np.asarray(skimage.data.astronaut()))


@cache
def six_people() -> Pixels:
    """1280 x 886, six faces, of which three are turned away or lean."""
    with (files("insightface") / "data" / "images" / "t1.jpg").open("rb") as file:
        return _frozen(np.asarray(Image.open(file).convert("RGB")))


@cache
def cat() -> Pixels:
    """451 x 300, no face of a person."""
    return _frozen(np.asarray(skimage.data.chelsea()))


def profile(side: int = 500) -> Pixels:
    """A man with a camera, seen from the side, in black and white."""
    man = Image.fromarray(np.asarray(skimage.data.camera())).convert("RGB").crop((130, 20, 350, 240))
    return np.asarray(man.resize((side, side), Image.Resampling.BICUBIC))


def portrait(side: int = 500) -> Pixels:
    """The astronaut's head and shoulders, as a selfie frames them."""
    return np.asarray(Image.fromarray(astronaut()).crop(_HEAD).resize((side, side), Image.Resampling.BICUBIC))


def turned(photo: Pixels, degrees: float) -> Pixels:
    """Counter-clockwise, on a canvas large enough."""
    image = Image.fromarray(photo)
    return np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(128, 128, 128)))


def blurred(photo: Pixels, sigma: float) -> Pixels:
    return np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(sigma)))


def shaken(photo: Pixels, pixels: int) -> Pixels:
    """Smeared sideways, as by a moving camera."""
    copies = [np.roll(photo.astype(np.float32), shift, axis=1) for shift in range(pixels)]
    return np.asarray(np.mean(copies, axis=0).round(), dtype=np.uint8)


def lit(photo: Pixels, factor: float) -> Pixels:
    """Darker or brighter; what would be beyond white is white."""
    return np.asarray(np.clip(photo.astype(np.float32) * factor, 0, 255), dtype=np.uint8)


def black_and_white(photo: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(photo).convert("L").convert("RGB"))


def resized(photo: Pixels, factor: float) -> Pixels:
    image = Image.fromarray(photo)
    return np.asarray(
        image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)
    )


def beside(*photos: Pixels) -> Pixels:
    """Photos of one height, side by side."""
    return np.concatenate(photos, axis=1)


def _frozen(photo: Pixels) -> Pixels:
    photo = np.ascontiguousarray(photo)
    photo.flags.writeable = False
    return photo

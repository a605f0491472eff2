"""Tone and colour, in the order of a darkroom: exposure, contrast, colour, toning, vignette, grain."""

import cv2
import numpy as np

from services.generator.preview.sitter import Floats
from services.generator.preview.staging import Colour, Grade
from services.generator.preview.tones import luma

# Black and white through a light orange filter, as portraits were taken: skin comes out clear.
_BLACK_AND_WHITE = np.array([0.42, 0.46, 0.12], np.float32)
_GRAIN = 0.055
_VIGNETTE = 0.75


def graded(picture: Floats, grade: Grade, random: np.random.Generator) -> Floats:
    """sRGB 0 to 1, (h, w, 3), float32."""
    picture = picture * np.float32(2 ** (grade.exposure / 2.2))
    picture = _contrast(np.clip(picture, 0, 1), grade.contrast)
    picture = _saturated(_warmed(picture, grade.warmth), grade.saturation)
    picture = _toned(picture, grade)
    picture = picture * _corners(picture.shape[1], picture.shape[0], grade.vignette)
    return _grained(picture, grade.grain, random)


def _contrast(picture: Floats, amount: float) -> Floats:
    """An S through black, middle and white; negative, its opposite."""
    if amount == 0:
        return picture
    bend = np.float32(0.9 * amount) * picture * (1 - picture) * (2 * picture - 1)
    return picture + bend


def _warmed(picture: Floats, amount: float) -> Floats:
    if amount == 0:
        return picture
    return np.asarray(picture * (1 + amount * np.array([0.09, 0.012, -0.11], np.float32)), np.float32)


def _saturated(picture: Floats, amount: float) -> Floats:
    """Down to grey evenly; up less where colour is strong already, so that skin does not burn."""
    if amount == 0:
        return picture
    if amount < 0:
        grey = (picture @ _BLACK_AND_WHITE)[..., None]
        return picture + np.float32(-amount) * (grey - picture)
    grey = luma(picture)[..., None]
    strong = (picture.max(-1) - picture.min(-1))[..., None]
    return picture + np.float32(amount) * (1 - np.minimum(strong * 1.2, 0.8)) * (picture - grey)


def _toned(picture: Floats, grade: Grade) -> Floats:
    """Colour laid over shadows and over lights; brightness stays."""
    if grade.toning == 0:
        return picture
    bright = np.clip(luma(picture), 0, 1)[..., None]
    bright = bright * bright * (3 - 2 * bright)
    laid = (1 - bright) * _hue(grade.shadows) + bright * _hue(grade.lights)
    return np.asarray(picture + np.float32(0.5 * grade.toning) * laid, np.float32)


def _hue(colour: Colour | None) -> Floats:
    """A colour without its brightness."""
    if colour is None:
        return np.zeros(3, np.float32)
    values = np.array(colour, np.float32)
    return np.asarray(values - luma(values), np.float32)


def _corners(width: int, height: int, amount: float) -> Floats:
    if amount == 0:
        return np.ones((1, 1, 1), np.float32)
    x = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height * 2 - 1
    far = np.clip((np.hypot(x, y * 0.95) - 0.55) / 0.9, 0, 1)
    return np.asarray(1 - _VIGNETTE * amount * (far * far * (3 - 2 * far)), np.float32)[..., None]


def _grained(picture: Floats, amount: float, random: np.random.Generator) -> Floats:
    """Film grain, strongest in the middle tones."""
    if amount == 0:
        return picture
    noise = random.standard_normal(picture.shape[:2], np.float32)
    noise = noise + 1.2 * cv2.GaussianBlur(noise, (0, 0), 1.0)
    bright = np.clip(luma(picture), 0, 1)
    strength = np.float32(_GRAIN * amount) * (0.35 + 2.6 * bright * (1 - bright)) / 1.35
    return np.asarray(picture + (noise * strength)[..., None], np.float32)

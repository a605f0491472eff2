"""sRGB bytes to linear light and back, by table: powers of millions of numbers are slow."""

import numpy as np
from numpy.typing import NDArray

from services.generator.preview.sitter import Floats

# Weights of linear red, green and blue in luminance (Rec. 709).
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
# Finer than 8 bits everywhere but in the darkest shades.
_STEPS = 4096


def _to_linear(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _to_encoded(values: Floats) -> Floats:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055).astype(np.float32)


_LINEAR = _to_linear(np.linspace(0, 1, 256, dtype=np.float32))
# The square root is spread evenly over the table, so that shadows have as many entries as they need.
_ENCODED = _to_encoded(np.linspace(0, 1, _STEPS, dtype=np.float32) ** 2)


def linear(pixels: NDArray[np.uint8]) -> Floats:
    """Light, 0 to 1, of sRGB bytes."""
    return _LINEAR[pixels]


def encoded(light: Floats) -> Floats:
    """sRGB, 0 to 1, of light; what is brighter than white is white."""
    return _ENCODED[(np.sqrt(np.clip(light, 0, 1)) * (_STEPS - 1) + 0.5).astype(np.int16)]


def luma(picture: Floats) -> Floats:
    """Brightness of (h, w, 3), (h, w)."""
    return picture @ LUMA


def shares(pixels: NDArray[np.uint8]) -> Floats:
    """sRGB bytes as 0 to 1."""
    return pixels * np.float32(1 / 255)

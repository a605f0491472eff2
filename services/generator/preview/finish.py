"""The first and the last touch: sharpness that enlarging took away, and bytes."""

import cv2
import numpy as np

from services.generator.call import Pixels
from services.generator.preview.sitter import Floats

# An enlarged photo looks soft; sharpening more than this looks cheap, and brings out what JPEG left.
_MOST, _WIDEST = 0.8, 2.2


def sharpened(pixels: Pixels, scale: float) -> Pixels:
    """By unsharp masking, as wide as a pixel of the photo has become. What was made smaller stays as it is."""
    if scale <= 1.05:
        return pixels
    amount = min(_MOST, 0.35 * (scale - 1) + 0.15)
    soft = cv2.GaussianBlur(pixels, (0, 0), min(_WIDEST, 0.55 * scale))
    return np.asarray(cv2.addWeighted(pixels, 1 + amount, soft, -amount, 0), np.uint8)


def printed(picture: Floats, random: np.random.Generator | None) -> Pixels:
    """sRGB 0 to 1 as bytes. With a generator, half a byte of noise keeps soft gradients free of bands."""
    values = picture * np.float32(255)
    if random is not None:
        values = values + (random.random((*picture.shape[:2], 1), np.float32) - np.float32(0.5))
    return np.asarray(np.clip(values + np.float32(0.5), 0, 255), np.uint8)

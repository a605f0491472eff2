"""The mask at the size of the canvas, soft where hair is soft: a guided filter finds the edges of the picture again."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from services.generator.preview.silhouette import Silhouette
from services.generator.preview.sitter import Floats, Sitter
from services.generator.preview.tones import shares

# The filter's coefficients are smooth: at a half of the size they are as good and a quarter of the work.
_COARSE = 2
# Reach of the filter in units of the face, and how much contrast is an edge.
_REACH, _CONTRAST = 0.10, 4e-4
# The filter leaves a veil on both sides of an edge; what is fainter than this is taken away.
_VEIL = 0.15
# How fast the mask fades beyond what a person can reach, in units.
_FADE = 0.8


def matte(canvas: NDArray[np.uint8], who: Silhouette, matrix: NDArray[np.float64], sitter: Sitter) -> Floats:
    """How far each pixel (h, w) is the person, float32 0 to 1."""
    height, width = canvas.shape[:2]
    size = (width // _COARSE, height // _COARSE)
    guide = shares(np.asarray(cv2.resize(canvas, size, interpolation=cv2.INTER_AREA), np.uint8))
    rough = _laid(who, matrix, size)
    rough = cv2.GaussianBlur(rough, (0, 0), sitter.unit / _COARSE * 0.02) * _reach(sitter, size)
    slope, base = _guided(guide, rough, max(2, round(_REACH * sitter.unit / _COARSE)))
    slope, base = _enlarged(slope, width, height), _enlarged(base, width, height)
    fine = np.einsum("hwc,hwc->hw", slope, shares(canvas)) + base
    return np.clip((fine - _VEIL) / (1 - 2 * _VEIL), 0, 1).astype(np.float32)


def _laid(who: Silhouette, matrix: NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """The coarse mask on a coarse canvas. Beyond the photo there is nobody."""
    to_photo = _square(np.asarray(cv2.invertAffineTransform(matrix), np.float64))
    fine = np.array([[_COARSE, 0, (_COARSE - 1) / 2], [0, _COARSE, (_COARSE - 1) / 2], [0, 0, 1]])
    back = (_square(who.to_mask) @ to_photo @ fine)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(who.mask, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _reach(sitter: Sitter, size: tuple[int, int]) -> Floats:
    """1 where a person can be, fading to 0 where only others are."""
    coarse = replace(sitter, eyes=sitter.eyes / np.float32(_COARSE), unit=sitter.unit / _COARSE).upright()
    aside, below = coarse.along(*size)
    most = np.interp(below, [-3.4, -2.4, -1.5, 0, 2, 3, 4, 10], [0.2, 1.4, 2.0, 2.4, 2.8, 3.8, 4.6, 5.4])
    return np.clip(1 - (np.abs(aside) - most) / _FADE, 0, 1).astype(np.float32)


def _guided(guide: Floats, mask: Floats, radius: int) -> tuple[Floats, Floats]:
    """He, Sun and Tang's guided filter for colour: for each pixel a plane over RGB, (h, w, 3), and its offset."""
    mean = _Mean(radius)
    colour, level = mean(guide), mean(mask)
    shared = mean(guide * mask[..., None]) - colour * level[..., None]
    slope = _solved(_covariance(guide, colour, mean), shared)
    base = level - np.einsum("hwc,hwc->hw", slope, colour)
    return mean(slope), mean(base)


class _Mean:
    """Of the window around each pixel."""

    def __init__(self, radius: int) -> None:
        self._window = (2 * radius + 1, 2 * radius + 1)

    def __call__(self, values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, self._window, borderType=cv2.BORDER_REFLECT), np.float32)


def _covariance(guide: Floats, colour: Floats, mean: _Mean) -> list[Floats]:
    """Of red, green and blue in each window: rr, rg, rb, gg, gb, bb, a little rounder than they are."""
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    return [
        mean(guide[..., i] * guide[..., j]) - colour[..., i] * colour[..., j] + np.float32(_CONTRAST if i == j else 0)
        for i, j in pairs
    ]


def _solved(covariance: list[Floats], shared: Floats) -> Floats:
    """The symmetric 3 × 3 of each pixel against what its colours have in common with the mask, by cofactors."""
    rr, rg, rb, gg, gb, bb = covariance
    a, b, c = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    d, e, f = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    x, y, z = np.moveaxis(shared, -1, 0)
    over = np.stack([a * x + b * y + c * z, b * x + d * y + e * z, c * x + e * y + f * z], -1)
    return np.asarray(over / (rr * a + rg * b + rb * c)[..., None], np.float32)


def _enlarged(coarse: Floats, width: int, height: int) -> Floats:
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _square(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.vstack([matrix, [0, 0, 1]])

"""Who is the person and what is behind them: a guess from the face's key points, settled by colours and edges."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from services.generator.preview.sitter import Floats, Sitter

# Pixels between the eyes while colours are told apart: enough for an ear, few enough to ask several times.
UNIT_PX = 18.0
# How far around the eyes to look, in units.
_ASIDE, _ABOVE, _BELOW = 6.0, 4.0, 9.0
_ROUNDS = 2


class _Guess(NamedTuple):
    """How large the person may be, how much higher than a bare skull the head reaches at least, how wide hair is."""

    size: float
    higher: float
    hair: float


_GUESSES = (
    _Guess(1.00, 0.00, 1.35),
    _Guess(0.93, 0.06, 1.50),
    _Guess(1.05, 0.12, 1.30),
    _Guess(1.00, 0.18, 1.35),
    _Guess(0.97, 0.25, 1.45),
)
# From the eyes to the top of a level skull, and how far the middle of a turned head is behind its face.
_CROWN, _BEHIND = 1.55, 1.2
# Square units of doubt about the crown that mean nothing (strands), and that leave nothing certain.
_CLEAR, _LOST = 0.2, 0.75
# What is narrower than this, in units, is not a part of a person but of what is behind.
_SPUR = 0.36


class Silhouette:
    """The mask of a person in a photo, float32 0 to 1, coarse: edges are found again at the size of the canvas."""

    def __init__(self, mask: Floats, to_mask: NDArray[np.float64], agreement: float) -> None:
        self.mask = mask
        self.to_mask = to_mask
        """From pixels of the photo to pixels of the mask, (2, 3)."""
        self.agreement = agreement
        """How sure it is about the head, 0 to 1."""

    def at(self, x: NDArray[np.float64] | float, y: NDArray[np.float64] | float) -> Floats:
        """The mask at points of the photo. 0 beyond what was looked at."""
        (across, _, left), (_, down, top) = self.to_mask
        x, y = np.broadcast_arrays(np.rint(across * x + left).astype(int), np.rint(down * y + top).astype(int))
        height, width = self.mask.shape
        known = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        found = self.mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
        return np.where(known, found, 0).astype(np.float32)


def silhouette(photo: NDArray[np.uint8], sitter: Sitter) -> Silhouette:
    """The mask of whom the key points belong to."""
    small, to_mask = _surroundings(photo, sitter)
    seen = sitter.moved(to_mask)
    votes = _votes(small, seen)
    return Silhouette(_cleaned((votes > 0.5).astype(np.uint8), seen), to_mask, _agreement(votes, seen))


def _votes(small: NDArray[np.uint8], sitter: Sitter) -> Floats:
    """One cut can lose hair or a shoulder to a background of the same colour; most of several do not."""
    cuts = [_grabbed(small, _expected(sitter, small.shape, guess)) for guess in _GUESSES]
    return np.mean(cuts, axis=0, dtype=np.float32)


def _agreement(votes: Floats, sitter: Sitter) -> float:
    """1 where all cuts end the head in the same place, 0 where half a head of hair is open to doubt.

    An end that the photo shows is found by every guess; one that it does not show moves with the guess.
    """
    aside, below = sitter.along(votes.shape[1], votes.shape[0])
    crown = _oval(aside + _BEHIND * sitter.turn, below, 2.6, _CROWN + sitter.nod + 1.2, 2.0) & (below < -0.7)
    doubt = float((crown & (np.abs(votes - 0.5) < 0.35)).sum()) / sitter.unit**2
    return float(np.clip((_LOST - doubt) / (_LOST - _CLEAR), 0, 1))


def _surroundings(photo: NDArray[np.uint8], sitter: Sitter) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    height, width = photo.shape[:2]
    (x, y), unit = sitter.eyes.tolist(), sitter.unit
    left, top = max(0, int(x - _ASIDE * unit)), max(0, int(y - _ABOVE * unit))
    right, bottom = min(width, int(x + _ASIDE * unit) + 1), min(height, int(y + _BELOW * unit) + 1)
    part = photo[top:bottom, left:right]
    size = [max(8, round(side * UNIT_PX / unit)) for side in (right - left, bottom - top)]
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA if sitter.unit > UNIT_PX else cv2.INTER_LINEAR)
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    # Centres of pixels lie at halves.
    to_mask = np.array([[across, 0, (0.5 - left) * across - 0.5], [0, down, (0.5 - top) * down - 0.5]], np.float64)
    return np.asarray(small, np.uint8), to_mask


def _expected(sitter: Sitter, shape: tuple[int, ...], guess: _Guess) -> NDArray[np.uint8]:
    """GrabCut's four certainties from the proportions of people."""
    height, width = shape[:2]
    sitter = replace(sitter, unit=sitter.unit * guess.size)
    aside, below = sitter.along(width, height)
    out, down = sitter.upright().along(width, height)
    # Where the neck comes out below: along the lean of the head, and behind a face that is turned.
    out = np.abs(out - np.clip(down, 0, 2) * sitter.down[0] + 0.9 * sitter.turn)
    crown = _CROWN + sitter.nod + guess.higher
    face = _oval(aside + 0.4 * sitter.turn, below, 0.98, crown, 1.9)
    skull = aside + _BEHIND * sitter.turn
    hair = _oval(skull, below, guess.hair, crown + 0.5, 2.2)
    trunk = out < np.interp(down, [1.0, 1.01, 2.5, 2.8, 3.4, 4.0, 4.8], [0, 0.5, 0.55, 0.75, 1.3, 1.9, 2.2])
    shoulders = out < np.interp(down, [1.2, 1.21, 2.4, 3.0, 3.7, 4.5, 6, 10], [0, 0.9, 1.2, 2.2, 3.1, 3.5, 3.6, 3.7])
    around = _oval(skull, below, 2.05, crown + 0.9, 3.0)
    elsewhere = np.where(down < 1.0, ~around, out > np.interp(down, [1, 2, 3, 4, 10], [2.7, 3.2, 4.2, 5.0, 5.6]))
    certainty = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    certainty[hair | shoulders] = cv2.GC_PR_FGD
    certainty[elsewhere] = cv2.GC_BGD
    certainty[face | trunk] = cv2.GC_FGD
    return certainty


def _oval(aside: Floats, below: Floats, breadth: float, top: float, bottom: float) -> NDArray[np.bool_]:
    """From `top` above the eyes to `bottom` below them, in units."""
    return (aside / breadth) ** 2 + ((below - (bottom - top) / 2) / ((bottom + top) / 2)) ** 2 < 1


def _grabbed(small: NDArray[np.uint8], certainty: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """0 or 1. Where nothing can be behind, everything is the person."""
    if not np.isin(certainty, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(certainty.shape, np.uint8)
    behind, person = np.zeros((1, 65)), np.zeros((1, 65))
    # The colour models start from k-means, which draws from this thread's generator.
    cv2.setRNGSeed(1)
    cv2.grabCut(small, certainty, (0, 0, 0, 0), behind, person, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return ((certainty == cv2.GC_FGD) | (certainty == cv2.GC_PR_FGD)).astype(np.uint8)


def _cleaned(cut: NDArray[np.uint8], sitter: Sitter) -> Floats:
    """One piece, with the face in it, without holes and spurs."""
    spur = max(3, int(_SPUR * sitter.unit) | 1)
    opened = cv2.morphologyEx(cut, cv2.MORPH_OPEN, _disc(spur), borderType=cv2.BORDER_REPLICATE)
    x = int(np.clip(sitter.eyes[0], 0, cut.shape[1] - 1))
    y = int(np.clip(sitter.eyes[1], 0, cut.shape[0] - 1))
    opened[y, x] = 1
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    person = (labels == labels[y, x]).astype(np.uint8)
    # Hair keeps its fine outline: what was opened away next to the person comes back.
    near = np.asarray(cv2.dilate(person, _disc(max(3, spur // 3 | 1))), np.uint8) & cut
    return _filled(person | near).astype(np.float32)


def _filled(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without holes: whatever cannot be reached from above or from the sides is inside."""
    height, width = mask.shape
    walled = np.zeros((height + 2, width + 2), np.uint8)
    walled[1:-1, 1:-1] = mask
    walled[-1] = 1
    outside = walled.copy()
    cv2.floodFill(outside, None, (0, 0), 2)
    return (outside[1:-1, 1:-1] != 2).astype(np.uint8)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)

"""Randomness that is the same everywhere, for as long as numpy's PCG64 is."""

import cv2
import numpy as np

from services.generator.preview.sitter import Floats


def generator(seed: int, purpose: str) -> np.random.Generator:
    """A stream of its own for each purpose, so that a change to one does not move the others."""
    return np.random.Generator(np.random.PCG64([seed, *purpose.encode()]))


def clouds(random: np.random.Generator, width: int, height: int, scales: list[tuple[float, float]]) -> Floats:
    """Smooth noise around 0 of about unit strength: for each scale, a feature size as a share of the longer side and
    a weight.
    """
    total = np.zeros((height, width), np.float32)
    side = max(width, height)
    for share, weight in scales:
        cell = max(1.0, share * side)
        grid = (int(height / cell) + 4, int(width / cell) + 4)
        coarse = random.standard_normal(grid).astype(np.float32)
        size = (round(grid[1] * cell), round(grid[0] * cell))
        fine = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        top, left = round(cell), round(cell)
        total += weight * fine[top : top + height, left : left + width]
    return total / float(np.sqrt(sum(weight**2 for _, weight in scales)))

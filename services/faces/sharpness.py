"""How much fine detail a face has."""

import numpy as np
import numpy.typing as npt

# Width of the smearing that the measure compares with, in pixels (Crete et al. use 9 for whole photos; 11 is
# scikit-image's). Faces are small, and what matters to a recogniser is the finest third of what it sees.
_SMEAR = 5


def sharpness_of(luminance: npt.NDArray[np.float64]) -> float:
    """0 for no detail, about 0.4 for a sharp face; 1 minus the perceptual blur of Crete et al. (SPIE 6492, 2007).

    It compares the picture with a smeared copy: what was blurred before changes little. That makes it indifferent to
    contrast and exposure, which the variance of the Laplacian is not. The worse of the two axes counts, so a shaken
    photo is blurred even where its vertical edges are crisp.
    """
    return float(min(_along(luminance, 0), _along(luminance, 1)))


def _along(luminance: npt.NDArray[np.float64], axis: int) -> float:
    upright = luminance if axis == 0 else luminance.T
    sharp = _slope(upright)
    lost = np.maximum(sharp - _slope(_smeared(upright)), 0.0)
    total = sharp.sum()
    return float(lost.sum() / total) if total > 0 else 0.0


def _smeared(luminance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean over _SMEAR rows, edges mirrored."""
    half = _SMEAR // 2
    padded = np.pad(luminance, ((half, half), (0, 0)), mode="symmetric")
    sums = np.cumsum(np.vstack([np.zeros((1, padded.shape[1])), padded]), axis=0)
    mean: npt.NDArray[np.float64] = (sums[_SMEAR:] - sums[:-_SMEAR]) / _SMEAR
    return mean


def _slope(luminance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How steeply it changes from row to row (Sobel), two pixels in from the border."""
    steps = luminance[2:] - luminance[:-2]
    slope: npt.NDArray[np.float64] = np.abs(steps[1:, 1:-2] + 2 * steps[1:, 2:-1] + steps[1:, 3:]) / 8
    return slope

"""Real photos that may be used by anyone, from scikit-image."""

import numpy as np
from numpy.typing import NDArray
from skimage import data

Photo = NDArray[np.uint8]

# Where each has the most to get wrong: an eye, whiskers, a spoon's edge.
_PLACES = {"astronaut": (100, 180), "chelsea": (110, 190), "coffee": (150, 300)}


def photo(name: str, width: int, height: int) -> Photo:
    """A piece of it, (h, w, 3)."""
    top, left = _PLACES[name]
    whole: Photo = getattr(data, name)()
    return np.ascontiguousarray(whole[top : top + height, left : left + width])

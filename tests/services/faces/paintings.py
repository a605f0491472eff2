"""Pictures for the detector that shuns blue: everything of which is a face, and every texture a person."""

import io

import numpy as np
from PIL import Image

from services.faces.face import Pixels

SIDE = 640


def person(number: int, *, mood: float = 0.0, seed: int = 0) -> Pixels:
    """640 x 640 without any blue: a person by their texture. `mood`: how much of it is somebody else's, 0 to 1."""
    texture = (1 - mood) * _texture(number) + mood * _texture(1000 + seed)
    return _painted(texture)


def nobody() -> Pixels:
    """All blue."""
    return np.full((SIDE, SIDE, 3), (0, 0, 255), dtype=np.uint8)


def small(number: int) -> Pixels:
    """A person of whom hardly anything is left."""
    return np.ascontiguousarray(person(number)[::9, ::9])


def png(picture: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def jpeg(picture: Pixels, quality: int = 92) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _texture(number: int) -> np.ndarray:
    """32 x 32 x 2 around 0.5, red and green."""
    return np.random.default_rng(number).uniform(0.1, 0.9, (32, 32, 2))


def _painted(texture: np.ndarray) -> Pixels:
    large = np.kron(texture, np.ones((SIDE // 32, SIDE // 32, 1)))
    return np.dstack([large, np.zeros((SIDE, SIDE))]).__mul__(255).astype(np.uint8)

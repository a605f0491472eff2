"""An invisible watermark in the pixels: what is left when metadata has been taken off.

TrustMark (Adobe; https://github.com/adobe/trustmark), with its own package and weights, both brought by the operator.
Anybody can look for it and, with effort, take it out: it is a label, not a lock. Never run: the weights come from no
package registry.
"""

import hashlib
import importlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from services.common.settings import PREFIX
from services.common.startup import StartupError

Pixels = NDArray[np.uint8]

# Eight letters of seven bits fit beside the error correction. The same in every picture: it names nobody.
PAYLOAD = "LIKENESS"


class Watermark(Protocol):
    """Blocks; belongs in a worker thread."""

    def put_into(self, pixels: Pixels) -> Pixels:
        """A new array of the same shape."""

    def is_in(self, pixels: Pixels) -> bool:
        """Whether ours is found."""


class TrustMark:
    """StartupError unless everything it needs lies there: its package would fetch what is missing."""

    def __init__(self, variant: str) -> None:
        try:
            package: Any = importlib.import_module("trustmark.trustmark")
        except ImportError:
            raise StartupError(f"{PREFIX}WATERMARK: this needs trustmark, which pip install trustmark brings") from None
        _require_weights(package, variant)
        self._network = package.TrustMark(
            verbose=False, model_type=variant, encoding_type=package.TrustMark.Encoding.BCH_5, loadRemover=False
        )

    def put_into(self, pixels: Pixels) -> Pixels:
        marked = self._network.encode(Image.fromarray(pixels), PAYLOAD, MODE="text")
        return np.asarray(marked, dtype=np.uint8)

    def is_in(self, pixels: Pixels) -> bool:
        secret, present, _ = self._network.decode(Image.fromarray(pixels), MODE="text")
        return bool(present) and secret == PAYLOAD


def _require_weights(package: Any, variant: str) -> None:
    folder = Path(package.__file__).parent / "models"
    for name in (f"trustmark_{variant}.yaml", f"encoder_{variant}.ckpt", f"decoder_{variant}.ckpt"):
        try:
            digest = hashlib.md5((folder / name).read_bytes(), usedforsecurity=False).hexdigest()
        except OSError:
            raise StartupError(f"{PREFIX}WATERMARK: {name} is not in the folder of trustmark's models") from None
        if digest != package.MODEL_CHECKSUMS[name]:  # theirs
            raise StartupError(f"{PREFIX}WATERMARK: {name} is not the file that this trustmark was made for")

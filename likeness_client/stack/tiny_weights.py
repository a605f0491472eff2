"""Small random weights for the profile `tiny`, made in a process of their own: torch is no business of `up`."""

import os
from pathlib import Path

from services.generator.tiny import make_tiny

# dlib's embeddings: the profile's recogniser.
_IDENTITY_WIDTH = 128

if __name__ == "__main__":
    make_tiny(Path(os.environ["LIKENESS_MODELS_DIR"]), _IDENTITY_WIDTH)

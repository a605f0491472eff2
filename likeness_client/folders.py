"""Where a user's models and data are unless they say otherwise."""

import os
from pathlib import Path


def models_folder(named: Path | None = None) -> Path:
    """The directory of weights that was named, or the one of this user."""
    shared = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return named or Path(shared) / "likeness" / "models"


def data_folder(named: Path | None = None) -> Path:
    """Where the gateway keeps ciphertext, keys and jobs in one machine's profiles."""
    return (named or Path.home() / ".likeness").expanduser()

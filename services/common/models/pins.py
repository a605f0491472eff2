"""Digests that became known after the lock was written: of files it calls unpinned, and of files we converted.

They lie beside the models, in `models.pins.json`, because a volume of weights has to verify wherever it is mounted,
also read-only. They detect damage and change since the day of the fetch. Against someone who can write to the volume
only digests in the lock help: an operator's `models.lock` can hold them too.
"""

import enum
import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from services.common.startup import StartupError

PIN_FILE = "models.pins.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Origin(enum.StrEnum):
    """How a pinned file came to be there."""

    FETCHED = "fetched"
    FOUND = "found"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True)
class Pin:
    """The digest of one file below the models directory."""

    sha256: str
    origin: Origin
    made_from: str | None = None
    """Digest of the file it was converted from."""


class Pins:
    """The pin file of one models directory; absent means empty."""

    def __init__(self, models_dir: Path | None) -> None:
        self._file = models_dir / PIN_FILE if models_dir else None
        self._pins = self._read()

    def get(self, path: str) -> Pin | None:
        return self._pins.get(path)

    def set(self, path: str, pin: Pin) -> None:
        """Written at once, whole or not at all; pins that others wrote meanwhile are kept."""
        if self._file is None:
            raise StartupError("there is no models directory to pin a digest in")
        self._pins = self._read() | {path: pin}
        body = json.dumps({name: asdict(each) for name, each in sorted(self._pins.items())}, indent=2) + "\n"
        with tempfile.NamedTemporaryFile("w", dir=self._file.parent, delete=False, encoding="utf-8") as fresh:
            fresh.write(body)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(fresh.name).chmod(0o644)
        Path(fresh.name).replace(self._file)

    def _read(self) -> dict[str, Pin]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            return {path: _pin(raw) for path, raw in json.loads(self._file.read_text("utf-8")).items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            raise StartupError(f"{self._file} is damaged; delete it and run `likeness models verify --pin`") from None


def _pin(raw: dict[str, str]) -> Pin:
    if not _SHA256.fullmatch(raw["sha256"]):
        raise ValueError("not a digest")
    return Pin(raw["sha256"], Origin(raw["origin"]), raw.get("made_from"))

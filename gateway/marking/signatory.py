"""Who signs at the moment: certificates are renewed under way, and nobody is restarted for it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.marking.manifest import Manifests
from gateway.marking.settings import MarkingSettings
from gateway.marking.signing import Signing, open_signing
from services.common.settings import PREFIX
from services.common.startup import StartupError

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 60.0

_State = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Signatory:
    """A certificate, what signs for it, and the manifests it signs."""

    signing: Signing
    manifests: Manifests


class Signatories:
    """The present one, for any number of threads. StartupError where there is none at first."""

    def __init__(
        self, settings: MarkingSettings, folder: Path, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looked = monotonic()
        self._state = self._seen()
        self._present = open_signatory(settings, folder)

    def present(self) -> Signatory:
        """As the files are now, or were a minute ago. Files that do not fit together leave the one from before."""
        with self._lock:
            now = self._monotonic()
            if now - self._looked >= _LOOK_EVERY_S:
                self._looked = now
                self._look()
            return self._present

    def _look(self) -> None:
        state = self._seen()
        if state == self._state:
            return
        try:
            self._present = open_signatory(self._settings, self._folder)
        except StartupError as misfit:
            _log.error("what signs pictures was changed and does not fit: it stays as it was", exc_info=misfit)
        else:
            self._state = state
            _log.info("what signs pictures was renewed")

    def _seen(self) -> _State:
        return tuple(_looks(path) for path in _files(self._settings))


def open_signatory(settings: MarkingSettings, folder: Path) -> Signatory:
    signing = open_signing(settings, folder)
    anchors = "" if settings.provenance_anchors is None else _text(settings.provenance_anchors)
    return Signatory(signing, Manifests(signing, anchors, settings.provenance_timestamps))


def _files(settings: MarkingSettings) -> Sequence[Path]:
    named = (settings.provenance_chain, settings.provenance_key, settings.provenance_anchors)
    return [path for path in named if path is not None]


def _looks(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise StartupError(f"{PREFIX}PROVENANCE_ANCHORS: cannot be read as PEM") from None

"""A small disk that can really be full: memory of its own under the folder of a server."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE_MB = 256
_PIECE = bytes(1 << 20)


class CannotMount(Exception):
    """Only root may mount. The message is one line."""


class Disk:
    """A folder that holds so much and no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @property
    def small(self) -> bool:
        """Whether it is one of its own, which may be filled."""
        return self.folder.is_mount()

    @property
    def free_bytes(self) -> int:
        facts = os.statvfs(self.folder)
        return facts.f_bavail * facts.f_frsize

    def fill(self) -> None:
        """To the last byte."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (len(_PIECE), 4096):
                while self.free_bytes >= size:
                    file.write(_PIECE[:size])

    def clear(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(name: str, size_mb: int = SIZE_MB) -> Iterator[Path]:
    """Gone with all that is on it. A folder of the disk that is there, where we may not mount."""
    folder = Path(tempfile.mkdtemp(prefix=f"likeness-{name}-"))
    try:
        with suppress(CannotMount):
            _run("mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=755", "drill", str(folder))
        yield folder
    finally:
        if folder.is_mount():
            _run("umount", "--lazy", str(folder))
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", "") or str(error)
        raise CannotMount(f"a full disk needs a small one to be mounted, as root: {why.strip()}") from None

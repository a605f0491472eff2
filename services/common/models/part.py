"""What has arrived of a file: `NAME.part`, and the server's own mark of its version in `NAME.part.version`.

Both outlive the process, so that a second run goes on where the first one ended.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.common.models.errors import FetchError


class Part:
    """The beginning of a file, open for appending."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self.length = os.fstat(file.fileno()).st_size
        self._file = file
        self._version = path.with_name(path.name + ".version")

    @property
    def version(self) -> str | None:
        return self._version.read_text() if self._version.is_file() else None

    def append(self, piece: bytes) -> None:
        self._file.write(piece)
        self.length += len(piece)

    def restart(self, version: str | None = None) -> None:
        self._file.truncate(0)
        self.length = 0
        if version:
            self._version.write_text(version)
        else:
            self._version.unlink(missing_ok=True)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """On the disk first, in its place then: a power cut leaves the old file or the whole new one."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self.path.chmod(0o644)
        self.path.replace(target)
        self._version.unlink(missing_ok=True)


@contextmanager
def claimed(target: Path) -> Iterator[Part]:
    """The part file, ours alone for as long as we write to it."""
    path = target.with_name(target.name + ".part")
    with path.open("ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_ino != path.stat().st_ino:
                raise BlockingIOError  # it was finished, and moved to its place, while we waited
        except OSError:
            raise FetchError(f"{target.name} is being fetched by another process") from None
        yield Part(path, file)

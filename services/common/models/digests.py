"""SHA-256 of files and of sets of files."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The file's digest. Read again whenever anything about the file changed; remembered only within this process,
    since a note on the disk could be forged by whoever can forge the file.
    """
    stat = path.stat()
    return _read(path.resolve(), (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))


def combined(digests: Mapping[str, str]) -> str:
    """One digest for a model: a single file's own; for several, that of the list that `sha256sum` prints, by path."""
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


@lru_cache(maxsize=256)
def _read(path: Path, _identity: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

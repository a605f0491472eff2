"""SHA-256 of files and of sets of files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path


def sha256_of(path: Path) -> str:
    """The file's digest, from its bytes every time: a remembered digest is one that whoever changed the file may have
    left in place, and a changed file may keep its size and its times.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def combined(digests: Mapping[str, str]) -> str:
    """One digest for a model: a single file's own; for several, that of the list that `sha256sum` prints, by path."""
    if len(digests) == 1:
        return next(iter(digests.values()))
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()

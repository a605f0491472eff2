"""Objects as files: a folder per holding, random names, 0600.

Removing a file does not overwrite it, and on flash or copy-on-write file systems nothing could. What makes deleted
bytes unreadable is the destroyed key.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.storage.store import Found, Missing, unavailable
from services.common.startup import StartupError

_NAME = re.compile(r"[0-9a-z]{1,64}/[0-9a-z]{1,64}\Z")
_HOLDING = re.compile(r"[0-9a-z]{1,64}\Z")
_UNFINISHED = ".part"


class DirectoryStore:
    """A store under one folder, for one machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, name: str, size_bytes: int) -> "_File":
        with _answering():
            return _File(self._path(name), size_bytes)

    def open(self, name: str, start: int = 0, length: int | None = None) -> "_Slice":
        with _answering():
            try:
                return _Slice(self._path(name).open("rb"), start, length)
            except FileNotFoundError:
                raise Missing from None

    def list(self, holding: str | None = None) -> Iterator[Found]:
        """Not only well-formed names: whatever lies there is found, so that an audit can remove it."""
        if holding is not None and not _HOLDING.match(holding):
            raise ValueError("not the name of a holding")
        for folder, _, files in os.walk(self._root / (holding or "")):
            for file in files:
                with contextlib.suppress(FileNotFoundError):
                    yield self._found(Path(folder, file))

    def remove(self, found: Iterable[Found]) -> None:
        with _answering():
            folders = set()
            for item in found:
                path = self._root / (item.name + (item.part or ""))
                path.unlink(missing_ok=True)
                folders.add(path.parent)
            for folder in folders:
                # Another object may still be in it.
                with contextlib.suppress(OSError):
                    folder.rmdir()
            if folders:
                _sync(self._root)

    def check(self) -> None:
        if self._root.stat().st_mode & 0o077:
            raise StartupError("the objects folder is open to other users: chmod 700 it")

    def close(self) -> None:
        pass

    def _found(self, path: Path) -> Found:
        stat = path.lstat()
        name = str(path.relative_to(self._root))
        complete = not name.endswith(_UNFINISHED)
        part = None if complete else _UNFINISHED
        return Found(name.removesuffix(_UNFINISHED), stat.st_size, int(stat.st_mtime * 1000), complete, part)

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise ValueError("not the name of an object")
        return self._root / name


class _File:
    """A file under a temporary name until it is complete and on disk."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._unfinished = path.with_name(path.name + _UNFINISHED)
        self._missing = size_bytes
        path.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file: BinaryIO | None = os.fdopen(os.open(self._unfinished, flags, 0o600), "wb", buffering=0)

    def write(self, piece: bytes | memoryview) -> None:
        if self._file is None:
            raise ValueError("this object is finished")
        self._missing -= len(piece)
        rest = memoryview(piece)
        with _answering():
            while rest:
                rest = rest[self._file.write(rest) :]

    def commit(self) -> None:
        if self._file is None or self._missing:
            raise ValueError(f"{self._missing} bytes of the object are missing")
        with _answering():
            os.fsync(self._file.fileno())
            self._close()
            self._unfinished.rename(self._path)
            _sync(self._path.parent)
            _sync(self._path.parent.parent)

    def abort(self) -> None:
        with _answering():
            if self._file is not None:
                self._close()
                self._unfinished.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None


class _Slice:
    """Part of a file."""

    def __init__(self, file: BinaryIO, start: int, length: int | None) -> None:
        self._file = file
        self._left = length
        file.seek(start)

    def read(self, size: int = -1, /) -> bytes:
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        with _answering():
            piece = self._file.read(size)
        if self._left is not None:
            self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unavailable() from error


def _sync(folder: Path) -> None:
    """Names become durable with their folder, not with their file."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

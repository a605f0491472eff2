"""Taking known files out of a zip that may be nested, broken or hostile."""

import errno
import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from services.common.models.errors import FetchError

# No archive of models has more members, nor does a file of weights shrink further than this.
MAX_MEMBERS = 10_000
MAX_RATIO = 100
_PIECE = 1 << 20
# What zipfile and the decompressors below it say of bytes that make no sense. bz2 says it by an OSError without number.
_BROKEN = (
    *(zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError),
    *(struct.error, zlib.error, lzma.LZMAError),
)


def unpack(archive: Path, wanted: Collection[str], folder: Path, *, max_bytes: int) -> None:
    """Writes the wanted members, found at any depth, to `folder` under their wanted paths, and nothing else.

    The whole archive is refused where any member tries to leave its folder, and where the wanted ones together would
    fill more than `max_bytes`.
    """
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = _harmless(zipped.infolist())
            chosen = {path: _only(members, path) for path in wanted}
            _check_sizes(chosen.values(), max_bytes)
            for path, member in chosen.items():
                _extract(zipped, member, folder / path)
    except _BROKEN as error:
        raise FetchError(f"{archive.name} is no sound zip: {error}") from None
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):
            raise
        raise FetchError(
            f"{archive.name} is no sound zip: a member lies before its beginning, or makes no sense"
        ) from None


def _harmless(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    if len(members) > MAX_MEMBERS:
        raise FetchError(f"the archive has {len(members)} members, more than any archive of models")
    for member in members:
        path = PurePosixPath(member.orig_filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in str(path) or "\0" in str(path):
            raise FetchError(f"the archive is hostile: its member {member.orig_filename!r} leaves its folder")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise FetchError(f"the archive is hostile: its member {member.orig_filename!r} is a link")
    return [member for member in members if not member.is_dir()]


def _only(members: list[zipfile.ZipInfo], path: str) -> zipfile.ZipInfo:
    tail = PurePosixPath(path).parts
    found = [member for member in members if PurePosixPath(member.filename).parts[-len(tail) :] == tail]
    if not found:
        raise FetchError(f"{path} is missing in the archive")
    if len(found) > 1:
        raise FetchError(f"{path} is in the archive {len(found)} times: {', '.join(each.filename for each in found)}")
    return found[0]


def _check_sizes(members: Collection[zipfile.ZipInfo], max_bytes: int) -> None:
    total = sum(member.file_size for member in members)
    if total > max_bytes:
        raise FetchError(f"the archive would unpack to {total} bytes where {max_bytes} are expected at most")
    for member in members:
        if member.file_size > _PIECE and member.file_size > MAX_RATIO * member.compress_size:
            raise FetchError(f"the archive is hostile: {member.filename} shrank more than {MAX_RATIO} times")


def _extract(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """zipfile stops at the size that the member declares, and compares the CRC."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipped.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, _PIECE)

"""The file that comes out: checked before the work, written whole or not at all."""

import os
import tempfile
from pathlib import Path

from likeness_client.commands.upscale_passes import Enlarged
from likeness_client.failure import CommandFailed, needs_extra

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def check_out(photo: Path, out: Path, force: bool) -> None:
    """What would otherwise be found out after a minute of work."""
    if not photo.is_file():
        raise CommandFailed(f"{photo}: no such file")
    if out.suffix.lower() not in _SUFFIXES:
        raise CommandFailed(f"{out}: the name has to end in {', '.join(_SUFFIXES)}")
    if not out.parent.is_dir():
        raise CommandFailed(f"{out.parent}: no such folder")
    if out.exists() and out.samefile(photo):
        raise CommandFailed(f"{out} is the photo itself")
    if out.exists() and not force:
        raise CommandFailed(f"{out} is there already; --force replaces it")


def write(done: Enlarged, out: Path, quality: int) -> None:
    """Under a name of its own first: nobody ever finds half a picture."""
    data = _coded(done, out, quality)
    with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as part:
        try:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(out)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    out.chmod(0o644)


def _coded(done: Enlarged, out: Path, quality: int) -> bytes:
    suffix = out.suffix.lower()
    if suffix == ".png" and done.png is not None:
        return done.png
    with needs_extra("shell"):
        from services.common.images import encode_jpeg, encode_png, encode_webp
    if done.pixels is None:
        raise CommandFailed("the service sent no pixels")
    plain = done.pixels.shape[2] == 3 and done.pixels.itemsize == 1
    if suffix == ".png":
        from services.upscaler.png import encoded

        return encode_png(done.pixels) if plain else encoded(done.pixels, os.cpu_count() or 1)
    if not plain:
        raise CommandFailed(f"{out.name}: grey, transparency and 16 bits are kept by .png alone")
    if suffix == ".webp":
        return encode_webp(done.pixels, quality=quality)
    return encode_jpeg(done.pixels, quality=quality, full_chroma=True)

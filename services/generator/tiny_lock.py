"""Entries for the operator's lock of a models directory, so that random models are verified like real ones."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

_BEGIN = "# --- random models, written by `likeness models tiny`: do not edit ---"
_END = "# --- end of random models ---"


def write_lock(directory: Path, models: Mapping[str, tuple[str, str]]) -> None:
    """Adds the models, name to (folder, what their files begin with), to `models.lock`; other entries stay."""
    path = directory / "models.lock"
    text = path.read_text("utf-8") if path.exists() else "version = 1\n"
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    entries = "\n".join(_entry(directory, name, *place) for name, place in models.items())
    path.write_text(f"{before.rstrip()}\n\n{_BEGIN}\n\n{entries}\n{_END}\n{after.lstrip()}", "utf-8")


def _entry(directory: Path, name: str, folder: str, prefix: str) -> str:
    root = directory / folder
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    lines = "\n".join(f"    {_file(root, file)}," for file in files if file.startswith(prefix))
    return f"""[[model]]
name = "{name}"
title = "Random numbers in the shape of a model"
folder = "{folder}"
roles = ["generator"]
profiles = ["tiny"]
local = true
licence = "CC0-1.0"
commercial_use = "yes"
note = "Random numbers; its pictures are abstract."
files = [
{lines}
]
"""


def _file(root: Path, file: str) -> str:
    path = root / file
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f'{{ path = "{file}", size = {path.stat().st_size}, sha256 = "{digest}" }}'

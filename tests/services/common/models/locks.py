"""Models directories with an operator's own lock, as small as a test wants them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from services.common.models import LicencePolicy, ModelStore


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def file_entry(path: str, content: bytes | None, **extra: object) -> dict[str, object]:
    """A file of a lock: pinned to its content, or unpinned where that is None."""
    if content is None:
        return {"path": path, "sha256": "unpinned"} | extra
    return {"path": path, "sha256": digest(content), "size": len(content)} | extra


def model_entry(files: list[dict[str, object]], **changes: object) -> dict[str, object]:
    """A model of a lock: `portrait`, local, its results may be sold."""
    entry: dict[str, object] = {
        "name": "portrait",
        "licence": "MIT",
        "commercial_use": "yes",
        "note": "Made by a test.",
        "roles": ["generator"],
        "files": files,
    }
    source = {} if {"url", "archive", "package"} & changes.keys() else {"local": True}
    return entry | source | changes


def write_lock(models_dir: Path, *models: Mapping[str, object], grants: list[dict[str, str]] | None = None) -> None:
    """JSON values are TOML values as long as tables are written inline."""
    lines = ["version = 1"]
    for heading, tables in (("model", models), ("grant", grants or [])):
        for table in tables:
            lines += [f"[[{heading}]]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    models_dir.mkdir(parents=True, exist_ok=True)
    (models_dir / "models.lock").write_text("\n".join(lines))


def place(models_dir: Path, files: Mapping[str, bytes], folder: str = "portrait") -> None:
    for path, content in files.items():
        target = models_dir / folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def store(models_dir: Path, policy: LicencePolicy = LicencePolicy.RESEARCH) -> ModelStore:
    return ModelStore(models_dir, policy)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value)

"""Pickled weights as safetensors: the same names, the same bits, and a file that cannot run anything."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from services.common.models.digests import sha256_of
from services.common.models.pins import Origin, Pin
from services.common.models.store import ModelStore
from services.common.models.weights import SAFETENSORS, load_weights
from services.common.startup import StartupError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Conversion:
    """What went in, what came out, and that it is the same."""

    source: Path
    target: Path
    tensors: int
    parameters: int
    source_sha256: str
    target_sha256: str
    content_sha256: str
    """Over all names, types, shapes and numbers: equal before and after, or there would be no target."""


def convert(source: Path, target: Path | None = None) -> Conversion:
    """Writes the tensors of a pickled file as safetensors, by default beside it, and reads them back to compare."""
    target = target or source.with_suffix(SAFETENSORS)
    if source.suffix == SAFETENSORS:
        raise StartupError(f"{source.name} is safetensors already")
    tensors = load_weights(source)
    before = content_digest(tensors)
    part = target.with_name(target.name + ".part")
    try:
        _write(tensors, part)
        if content_digest(_read_back(part)) != before:
            raise StartupError(f"{target.name} did not read back as it was written; is the disk failing?")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Conversion(
        source=source,
        target=target,
        tensors=len(tensors),
        parameters=sum(tensor.numel() for tensor in tensors.values()),
        source_sha256=sha256_of(source),
        target_sha256=sha256_of(target),
        content_sha256=before,
    )


def convert_model(store: ModelStore, name: str) -> list[Conversion]:
    """Converts the pickled files of a model of the lock, after they were verified, and pins what came out."""
    model = store.lock[name]
    convertible = [file for file in model.files if file.converts_to]
    if not convertible:
        raise StartupError(f"{name}: the lock names nothing that it could be converted to")
    opened, done = store.open(name), []
    for file in convertible:
        if opened[file.path].suffix == SAFETENSORS:
            continue
        conversion = convert(opened[file.path], opened.folder / str(file.converts_to))
        pin = Pin(conversion.target_sha256, Origin.CONVERTED, made_from=conversion.source_sha256)
        store.pins.set(store.key(model, str(file.converts_to)), pin)
        done.append(conversion)
    return done


def content_digest(tensors: "Mapping[str, Tensor]") -> str:
    """SHA-256 over name, type, shape and bytes of every tensor, in the order of their names."""
    import torch

    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _write(tensors: "Mapping[str, Tensor]", path: Path) -> None:
    from safetensors.torch import save_file

    # Copies, since tensors that share memory cannot be written; one entry of metadata, since more have no fixed order.
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path, {"format": "pt"})
    path.chmod(0o644)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _read_back(path: Path) -> "dict[str, Tensor]":
    from safetensors.torch import load

    return load(path.read_bytes())

"""Weights as tensors, without ever running what a file of weights might contain.

A pickle is a program. safetensors holds nothing but numbers; files that pickle made are read by torch's weights-only
reader, which knows tensors and plain containers and refuses everything else.
"""

import importlib
import pickle
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.common.startup import StartupError

if TYPE_CHECKING:
    from torch import Tensor

PICKLED = frozenset({".bin", ".ckpt", ".pt", ".pth"})
SAFETENSORS = ".safetensors"

_NEWLINES = re.compile(r"\s+")
_GLOBAL = re.compile(r"(?:GLOBAL|class|function) ([\w.]+)")


def load_weights(path: Path) -> "dict[str, Tensor]":
    """Tensors by name, on the CPU, mapped from the file where its format allows. Groups are joined to names by dots:
    `{"image_proj": {"latents": …}}` gives `image_proj.latents`. StartupError with the reason for any other content.
    """
    if path.suffix == SAFETENSORS:
        return _from_safetensors(path)
    if path.suffix in PICKLED:
        return _from_pickle(path)
    known = ", ".join(sorted(PICKLED | {SAFETENSORS}))
    raise StartupError(f"{path.name} is not loaded: of weights only {known} are")


def _from_safetensors(path: Path) -> "dict[str, Tensor]":
    read = _needed("safetensors.torch").load_file
    try:
        return dict(read(path))
    except Exception as error:
        raise StartupError(f"{path.name} is no safetensors file: {_line(error)}") from None


def _from_pickle(path: Path) -> "dict[str, Tensor]":
    torch = _needed("torch")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except pickle.UnpicklingError as error:
        raise StartupError(_refusal(path, str(error))) from None
    except Exception as error:  # the bytes may be anybody's, and so may the exception
        raise StartupError(f"{path.name} is no file of weights: {_line(error)}") from None
    if not isinstance(content, Mapping):
        raise StartupError(f"{path.name} holds a {type(content).__name__} where named tensors are expected")
    return dict(_flattened(content, torch.Tensor, path.name))


def _flattened(
    group: Mapping[Any, Any], tensor: "type[Tensor]", file: str, prefix: str = ""
) -> "Iterator[tuple[str, Tensor]]":
    for key, value in group.items():
        name = f"{prefix}{key}"
        if isinstance(value, tensor):
            yield name, value
        elif isinstance(value, Mapping):
            yield from _flattened(value, tensor, file, f"{name}.")
        else:
            raise StartupError(f"{file} holds more than weights: {name} is a {type(value).__name__}")


def _refusal(path: Path, complaint: str) -> str:
    """torch explains at length how to lift the restriction; only what the file wanted to call is kept."""
    wanted = _GLOBAL.search(complaint)
    if wanted:
        return f"{path.name} holds more than weights: it would call {wanted[1]}"
    return f"{path.name} is no file of weights: {_line(complaint)}"


def _line(error: object) -> str:
    return _NEWLINES.sub(" ", str(error))[:200] or type(error).__name__


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _needed(module: str) -> Any:
    """Imported only now: torch takes seconds, and the client does without it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise StartupError(f"reading weights needs {error.name}: pip install 'likeness[upscaler]'") from None

"""Weights from verified files into networks, without initialising a parameter first."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import safe_open
from torch import Tensor, nn

from services.common.startup import StartupError

M = TypeVar("M", bound=nn.Module)


class Part:
    """Some files of a model, named as the lock names them: all that lie below a folder, or the model itself."""

    def __init__(self, model: str, files: Mapping[str, Path], folder: str = "") -> None:
        prefix = f"{folder}/" if folder else ""
        self.name = f"{model}/{folder}" if folder else model
        self.files = {path.removeprefix(prefix): place for path, place in files.items() if path.startswith(prefix)}

    def __getitem__(self, file: str) -> Path:
        try:
            return self.files[file]
        except KeyError:
            raise StartupError(f"{self.name}: {file} is missing from its files") from None

    def tensors(self, device: torch.device) -> dict[str, Tensor]:
        """Everything its weight files hold. On the CPU they are mapped, and read when they are used."""
        weights = [path for path in self.files.values() if path.suffix in {".safetensors", ".bin"}]
        if not weights:
            raise StartupError(f"{self.name}: it has no weights")
        return {key: tensor for path in weights for key, tensor in _read(path, device)}


def _read(path: Path, device: torch.device) -> Iterable[tuple[str, Tensor]]:
    if path.suffix == ".safetensors":
        with safe_open(path, framework="pt", device=str(device)) as file:
            yield from ((key, file.get_tensor(key)) for key in file.keys())  # noqa: SIM118 - not a mapping
    else:
        loaded = torch.load(path, map_location=device, weights_only=True, mmap=True)
        yield from _flat(loaded)


def _flat(groups: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, Tensor]]:
    """Tensors of a pickle with groups, named as the same file converted to safetensors names them."""
    for key, value in groups.items():
        if isinstance(value, Tensor):
            yield prefix + key, value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")


def empty(make: Callable[[], M]) -> M:
    """A network whose parameters have shapes and no memory."""
    with torch.device("meta"):
        return make()


def fill(network: M, tensors: Mapping[str, Tensor], *, name: str, dtype: torch.dtype) -> M:
    """Gives an empty network its weights, ready for inference. The tensors decide about the device."""
    wanted = {key: tensors[key].to(dtype) for key in network.state_dict() if key in tensors}
    problem = network.load_state_dict(wanted, strict=False, assign=True)
    strange = tensors.keys() - wanted.keys()
    if problem.missing_keys or strange:
        key = min([*problem.missing_keys, *strange])
        verb = "lacks" if problem.missing_keys else "does not know"
        raise StartupError(f"{name}: the network {verb} {key}; the weights are of another architecture")
    return network.requires_grad_(False).eval()

"""Weights from verified files into networks, without initialising a parameter first."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from services.common.models.weights import PICKLED, SAFETENSORS, load_weights
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

    def tensors(self) -> dict[str, Tensor]:
        """Everything its weight files hold, mapped: it is read when it is used."""
        weights = [path for path in self.files.values() if path.suffix == SAFETENSORS or path.suffix in PICKLED]
        if not weights:
            raise StartupError(f"{self.name}: it has no weights")
        return {key: tensor for path in weights for key, tensor in load_weights(path).items()}


def empty(make: Callable[[], M]) -> M:
    """A network whose parameters have shapes and no memory."""
    with torch.device("meta"):
        return make()


def fill(network: M, tensors: Mapping[str, Tensor], *, name: str, device: torch.device, dtype: torch.dtype) -> M:
    """Gives an empty network its weights, ready for inference."""
    # The type is changed where arithmetic is fast.
    wanted = {key: tensors[key].to(device).to(dtype) for key in network.state_dict() if key in tensors}
    problem = network.load_state_dict(wanted, strict=False, assign=True)
    strange = tensors.keys() - wanted.keys()
    if problem.missing_keys or strange:
        key = min([*problem.missing_keys, *strange])
        verb = "lacks" if problem.missing_keys else "does not know"
        raise StartupError(f"{name}: the network {verb} {key}; the weights are of another architecture")
    return network.requires_grad_(False).eval()

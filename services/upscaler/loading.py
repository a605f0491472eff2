"""From files to networks. Which network it is follows from the weights: no other file can disagree with them."""

from collections.abc import Mapping
from math import isqrt
from pathlib import Path

import torch
from torch import Tensor

from services.common.models.weights import load_weights
from services.common.startup import StartupError
from services.upscaler.ncnn_file import read_ncnn
from services.upscaler.networks import Network, RRDBNet, SRVGGNetCompact

# Official files keep the averaged weights of training beside, or instead of, the plain ones.
_GROUPS = ("params_ema.", "params.")


def load_network(path: Path) -> Network:
    """The network in float32 on the CPU, for use only. `path`: .pth, .safetensors, or ncnn's .bin beside its .param."""
    return build(weights_of(path), path.name)


def load_blendable(path: Path, noisier: Path) -> "Blend":
    """Two sets of weights of one network: `path` takes out noise, `noisier` leaves it."""
    return Blend(weights_of(path), weights_of(noisier), path.name)


def weights_of(path: Path) -> dict[str, Tensor]:
    """Tensors under their official names."""
    param = path.with_suffix(".param")
    if path.suffix == ".bin" and param.is_file():
        return read_ncnn(param, path)
    tensors = load_weights(path)
    for group in _GROUPS:
        chosen = {name.removeprefix(group): tensor for name, tensor in tensors.items() if name.startswith(group)}
        if chosen:
            return chosen
    return tensors


def build(weights: Mapping[str, Tensor], file: str) -> Network:
    """The network that has exactly these weights. `file` is its name in messages."""
    with torch.device("meta"):
        network = _shaped(weights, file)
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, assign=True)
    except RuntimeError as error:
        raise StartupError(
            f"{file} does not fit {type(network).__name__}: {str(error).splitlines()[-1].strip()}"
        ) from None
    return network.eval().requires_grad_(False)


class Blend:
    """Weights between two sets, for networks trained to be blended."""

    def __init__(self, denoising: Mapping[str, Tensor], noisier: Mapping[str, Tensor], file: str) -> None:
        self._denoising, self._noisier, self._file = denoising, noisier, file
        if {name: tensor.shape for name, tensor in denoising.items()} != {
            name: tensor.shape for name, tensor in noisier.items()
        }:
            raise StartupError(f"{file} and the weights to blend it with are of different networks")

    def at(self, denoise: float) -> Network:
        """`denoise` 1 is the first set, 0 the second."""
        pairs = ((name, self._noisier[name].float(), tensor.float()) for name, tensor in self._denoising.items())
        return build({name: torch.lerp(noisy, clean, denoise) for name, noisy, clean in pairs}, self._file)


def _shaped(weights: Mapping[str, Tensor], file: str) -> Network:
    try:
        if "conv_first.weight" in weights:
            return _rrdb(weights)
        if "body.1.weight" in weights and weights["body.1.weight"].ndim == 1:
            return _compact(weights)
    except (KeyError, ValueError, IndexError):
        pass
    raise StartupError(f"{file} holds neither RRDBNet nor SRVGGNetCompact")


def _rrdb(weights: Mapping[str, Tensor]) -> RRDBNet:
    features, channels = weights["conv_first.weight"].shape[:2]
    blocks = {name.split(".")[1] for name in weights if name.startswith("body.")}
    growth = weights["body.0.rdb1.conv1.weight"].shape[0]
    return RRDBNet(4 // isqrt(channels // 3), len(blocks), features, growth)


def _compact(weights: Mapping[str, Tensor]) -> SRVGGNetCompact:
    convs = [tensor for tensor in weights.values() if tensor.ndim == 4]
    return SRVGGNetCompact(isqrt(convs[-1].shape[0] // 3), len(convs) - 2, convs[0].shape[0])

"""Weights as ncnn stores them: a text of layers (.param), and their numbers in the same order (.bin).

Per convolution: a 4-byte flag, the weights (half precision, padded to 4 bytes, or float32), the bias in float32. PReLU
slopes are bare float32. Nothing says which layer is which beyond the order, which is the network's own.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from services.common.startup import StartupError

_MAGIC = "7767517"
_HALF = 0x01306B47
_FLOAT = 0
_KERNEL = 9  # 3×3, the only one in these networks

# Keys of a layer's line: number of outputs, has a bias, number of weights.
_OUTPUTS, _BIASED, _WEIGHTS = "0", "5", "6"

# The five convolutions of a dense block, times three, make a residual block; six more stand around the blocks.
_PER_BLOCK = [f"rdb{block}.conv{conv}" for block in (1, 2, 3) for conv in (1, 2, 3, 4, 5)]
_BEFORE, _AFTER = ["conv_first"], ["conv_body", "conv_up1", "conv_up2", "conv_hr", "conv_last"]


def read_ncnn(param: Path, numbers: Path) -> dict[str, Tensor]:
    """Tensors in float32 under the names of the official files. StartupError for anything but our two networks."""
    layers = list(_layers(param))
    reader = _Reader(numbers)
    tensors: dict[str, Tensor] = {}
    for name, (kind, fields) in zip(_names(param, layers), layers, strict=True):
        if kind == "PReLU":
            tensors[f"{name}.weight"] = reader.floats(int(fields[_OUTPUTS]))
            continue
        outputs, count = int(fields[_OUTPUTS]), int(fields[_WEIGHTS])
        tensors[f"{name}.weight"] = reader.weights(count).view(outputs, -1, 3, 3)
        if fields.get(_BIASED) == "1":
            tensors[f"{name}.bias"] = reader.floats(outputs)
    reader.end()
    return tensors


def _layers(param: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Kind and fields of every layer that has numbers."""
    lines = param.read_text("ascii", errors="replace").splitlines()
    if not lines or lines[0].strip() != _MAGIC:
        raise StartupError(f"{param.name} is not a text of ncnn layers")
    for line in lines[2:]:
        kind, *words = line.split()
        if kind not in ("Convolution", "PReLU"):
            continue
        fields = dict(word.split("=", 1) for word in words if "=" in word)
        if kind == "Convolution" and int(fields[_WEIGHTS]) % (_KERNEL * int(fields[_OUTPUTS])):
            raise StartupError(f"{param.name}: {words[0]} is not a convolution of 3×3")
        yield kind, fields


def _names(param: Path, layers: list[tuple[str, dict[str, str]]]) -> list[str]:
    if any(kind == "PReLU" for kind, _ in layers):
        return [f"body.{place}" for place in range(len(layers))]
    blocks, rest = divmod(len(layers) - len(_BEFORE + _AFTER), len(_PER_BLOCK))
    if rest or blocks < 1:
        raise StartupError(f"{param.name} has {len(layers)} convolutions, as no network of ours has")
    body = [f"body.{block}.{name}" for block in range(blocks) for name in _PER_BLOCK]
    return [*_BEFORE, *body, *_AFTER]


class _Reader:
    """The numbers, front to back."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._bytes = path.read_bytes()
        self._at = 0

    def weights(self, count: int) -> Tensor:
        flag = int(self._taken(4).view(np.uint32)[0])
        if flag == _HALF:
            padded_bytes = (2 * count + 3) // 4 * 4
            return torch.from_numpy(self._taken(padded_bytes).view(np.float16)[:count].astype(np.float32))
        if flag == _FLOAT:
            return self.floats(count)
        raise StartupError(f"{self._name} holds weights of kind {flag:#x}; only half and float32 are read")

    def floats(self, count: int) -> Tensor:
        return torch.from_numpy(self._taken(4 * count).view(np.float32).copy())

    def end(self) -> None:
        if self._at != len(self._bytes):
            raise StartupError(f"{self._name} is longer than its layers: {len(self._bytes) - self._at} bytes are left")

    def _taken(self, size: int) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
        piece = np.frombuffer(self._bytes, np.uint8)[self._at : self._at + size]
        if len(piece) != size:
            raise StartupError(f"{self._name} is cut off")
        self._at += size
        return piece

"""Packs of random weights in the shapes of insightface's: what matters for time and bytes, without the faces."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Megabytes of antelopev2's five files, of which Likeness needs the first two.
FILES = {
    "scrfd_10g_bnkps": 16.9,
    "glintr100": 260.7,
    "1k3d68": 143.6,
    "2d106det": 5.0,
    "genderage": 1.3,
}
_OPSET, _IR = 17, 9
_NECK = 16


def arcface(path: Path, blocks: tuple[int, ...] = (3, 4, 14, 3)) -> Path:
    """IResNet-50, ArcFace's backbone: 12.6 GFLOP and 44 million weights a face; (3, 13, 30, 3) is glintr100's."""
    net = _Net()
    x = net.conv("input.1", 3, 64, 3, 1)
    width = 64
    for stage, count in enumerate(blocks):
        for block in range(count):
            wide = 64 << stage
            x = net.residual(x, width, wide, stride=2 if block == 0 else 1)
            width = wide
    flat = net.node("Flatten", [x])
    out = net.node("Gemm", [flat, net.weight((512, width * 49))], transB=1)
    return net.saved(path, ["batch", 3, 112, 112], out, ["batch", 512])


def pack(folder: Path, shrunk: float) -> Path:
    """All five files, `shrunk` times smaller, with inputs and outputs by which insightface tells them apart."""
    for name, megabytes in FILES.items():
        ballast = int(megabytes * 1e6 / shrunk / 4)
        if name.startswith("scrfd"):
            _detector(folder / f"{name}.onnx", ballast)
        else:
            side, length = {
                "glintr100": (112, 512),
                "1k3d68": (192, 3309),
                "2d106det": (192, 212),
                "genderage": (96, 3),
            }[name]
            _headed(folder / f"{name}.onnx", side, length, ballast)
    return folder


class _Net:
    """Nodes and weights of a graph that grows from its input."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, shape: tuple[int, ...]) -> str:
        name = f"w{len(self.weights)}"
        fan = int(np.prod(shape[1:])) or 1
        values = self._rng.normal(0, fan**-0.5, shape).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def conv(self, x: str, given: int, made: int, size: int, stride: int) -> str:
        pad = [size // 2] * 4
        return self.node("Conv", [x, self.weight((made, given, size, size))], strides=[stride] * 2, pads=pad)

    def residual(self, x: str, given: int, made: int, stride: int) -> str:
        inner = self.node("Relu", [self.conv(x, given, made, 3, 1)])
        deep = self.conv(inner, made, made, 3, stride)
        past = x if stride == 1 and given == made else self.conv(x, given, made, 1, stride)
        return self.node("Add", [deep, past])

    def saved(self, path: Path, shape: list[str | int], out: str, made: list[str | int]) -> Path:
        given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, shape)
        result = helper.make_tensor_value_info(out, TensorProto.FLOAT, made)
        return _saved(path, self.nodes, self.weights, [given], [result])


def _headed(path: Path, side: int, length: int, ballast: int) -> None:
    net = _Net()
    out = net.node("MatMul", [_ballast(net, ballast - _NECK * length), net.weight((_NECK, length))])
    net.saved(path, ["batch", 3, side, side], out, ["batch", length])


def _detector(path: Path, ballast: int) -> None:
    net = _Net()
    neck, outputs = _ballast(net, ballast), []
    for width in (1, 4, 10):
        for _ in range(3):
            made = net.node("MatMul", [neck, net.weight((_NECK, width))])
            outputs.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, [None, width]))
    given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, None, None])
    _saved(path, net.nodes, net.weights, [given], outputs)


def _ballast(net: _Net, weights: int) -> str:
    """So many weights between the mean of the picture and a narrow neck."""
    mean = net.node("Flatten", [net.node("GlobalAveragePool", ["input.1"])])
    rows = max(1, weights // (_NECK + 3))
    return net.node("MatMul", [net.node("MatMul", [mean, net.weight((3, rows))]), net.weight((rows, _NECK))])


def _saved(
    path: Path,
    nodes: list[onnx.NodeProto],
    weights: list[onnx.TensorProto],
    given: list[onnx.ValueInfoProto],
    made: list[onnx.ValueInfoProto],
) -> Path:
    graph = helper.make_graph(nodes, path.stem, given, made, weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR), str(path))
    return path

"""Small ONNX models with the signatures of insightface's, random or made to see one certain thing."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]

# What ONNX Runtime 1.2x reads at the least.
_OPSET, _IR = 17, 9
_STRIDES = (8, 16, 32)
_FEATURES = 8
_PARTS = (("score", 1), ("box", 4), ("points", 10))


def random_scrfd(path: Path, seed: int = 0, *, batch_axis: bool = False) -> Path:
    """A detector whose scores, boxes and points follow from the picture, in a way nobody chose.

    `batch_axis`: outputs keep it, as in some exports.
    """
    rng = np.random.default_rng(seed)
    nodes, weights = [], []
    for stride in _STRIDES:
        kernel = rng.normal(0, 1.0 / (3 * stride), (_FEATURES, 3, stride, stride)).astype(np.float32)
        weights.append(numpy_helper.from_array(kernel, f"stem{stride}"))
        nodes.append(helper.make_node("Conv", ["input.1", f"stem{stride}"], [f"feature{stride}"], strides=[stride] * 2))
    for part, (width, scale, shift) in {
        "score": (1, 4.0, -1.5),
        "box": (4, 1.0, 2.0),
        "points": (10, 1.0, 0.0),
    }.items():
        for stride in _STRIDES:
            nodes += _head(f"{part}{stride}", f"feature{stride}", width, part == "score", batch_axis)
            kernel = rng.normal(0, scale, (2 * width, _FEATURES, 1, 1)).astype(np.float32)
            weights.append(numpy_helper.from_array(kernel, f"{part}{stride}.kernel"))
            weights.append(numpy_helper.from_array(np.full(2 * width, shift, np.float32), f"{part}{stride}.shift"))
            shape = ([1] if batch_axis else []) + [-1, width]
            weights.append(numpy_helper.from_array(np.array(shape, np.int64), f"{part}{stride}.shape"))
    return _saved(path, nodes, weights, [1, 3, None, None], _outputs(batch_axis))


def scrfd_that_shuns_blue(path: Path, most: float) -> Path:
    """A detector that sees one face in the middle of the canvas, unless that much of the whole canvas is blue.

    On a smaller rung of the ladder the same picture leaves more of the canvas black: it is then found.
    """
    nodes = [
        helper.make_node("Slice", ["input.1", "second", "third", "channels"], ["blue"]),
        helper.make_node("ReduceMean", ["blue"], ["mean"], keepdims=0),
        helper.make_node("Sub", ["limit", "mean"], ["room"]),
        helper.make_node("Mul", ["room", "steep"], ["steeper"]),
        helper.make_node("Sigmoid", ["steeper"], ["likely"]),
    ]
    # Canvas values run from -1 (black) to 1.
    weights = [_scalar("limit", 2 * most - 1), _scalar("steep", 1e4)]
    for name, axis in (("second", 2), ("third", 3), ("channels", 1)):
        weights.append(numpy_helper.from_array(np.array([axis], np.int64), name))
    middle = {"score": [1.0], "box": [4.0] * 4, "points": [-2, -2, 2, -2, 0, 0.3, -1.6, 2.6, 1.6, 2.6]}
    for part, width in _PARTS:
        for stride in _STRIDES:
            rows = np.zeros(((640 // stride) ** 2 * 2, width), np.float32)
            if stride == 32:
                rows[20 * 10 * 2 + 10 * 2] = middle[part]
            weights.append(numpy_helper.from_array(rows, f"{part}{stride}.rows"))
            nodes.append(helper.make_node("Mul", [f"{part}{stride}.rows", "likely"], [f"{part}{stride}"]))
    return _saved(path, nodes, weights, [1, 3, None, None], _outputs(batch_axis=False))


def random_arcface(path: Path, seed: int = 0, *, length: int = 512, batch: int | None = None) -> Path:
    """A recogniser: 112 x 112 in, `length` numbers out. `batch`: how many crops it takes at once; any, if None."""
    rng = np.random.default_rng(seed)
    # Without a mean, so that what all pictures have in common counts for nothing and strangers are at right angles.
    stem = rng.normal(0, 0.05, (16, 3, 14, 14)).astype(np.float32)
    stem -= stem.mean(axis=(2, 3), keepdims=True)
    nodes = [
        helper.make_node("Conv", ["input.1", "stem"], ["features"], strides=[14, 14]),
        helper.make_node("Tanh", ["features"], ["bent"]),
        helper.make_node("Flatten", ["bent"], ["flat"]),
        helper.make_node("Gemm", ["flat", "last"], ["683"], transB=1),
    ]
    weights = [
        numpy_helper.from_array(stem, "stem"),
        numpy_helper.from_array(rng.normal(0, 0.1, (length, 16 * 64)).astype(np.float32), "last"),
    ]
    output = helper.make_tensor_value_info("683", TensorProto.FLOAT, [batch, length])
    return _saved(path, nodes, weights, [batch, 3, 112, 112], [output])


def _head(name: str, feature: str, width: int, squashed: bool, batch_axis: bool) -> list[onnx.NodeProto]:
    raw = f"{name}.squashed" if squashed else f"{name}.map"
    nodes = [
        helper.make_node("Conv", [feature, f"{name}.kernel", f"{name}.shift"], [f"{name}.map"]),
        helper.make_node("Transpose", [raw], [f"{name}.last"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", [f"{name}.last", f"{name}.shape"], [name]),
    ]
    if squashed:
        nodes.insert(1, helper.make_node("Sigmoid", [f"{name}.map"], [raw]))
    return nodes


def _outputs(batch_axis: bool) -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(
            f"{part}{stride}", TensorProto.FLOAT, [1, None, width] if batch_axis else [None, width]
        )
        for part, width in _PARTS
        for stride in _STRIDES
    ]


def _scalar(name: str, value: float) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, np.float32), name)


def _saved(
    path: Path,
    nodes: list[onnx.NodeProto],
    weights: list[onnx.TensorProto],
    shape: list[int | None],
    outputs: list[onnx.ValueInfoProto],
) -> Path:
    given = helper.make_tensor_value_info("input.1", TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, path.stem, [given], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path

"""Sessions run where they were asked to, or the process does not start."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.common.startup import StartupError
from services.faces.onnx_session import audit, open_session, profile
from services.faces.placement import Placement, Shapes
from tests.services.faces import onnx_models

SQUARES = Shapes.batches(112, 32)


@dataclass
class Node:
    op_type: str


@dataclass
class Part:
    ep_name: str
    nodes: list[Node] = field(default_factory=list)

    def get_nodes(self) -> list[Node]:
        return self.nodes


@dataclass
class Session:
    """What ONNX Runtime reports of a session; there is no GPU here to report about."""

    providers: list[str]
    parts: list[Part] = field(default_factory=list)

    def get_providers(self) -> list[str]:
        return self.providers

    def get_provider_graph_assignment_info(self) -> list[Part]:
        return self.parts


def test_a_session_on_the_cpu_opens(tmp_path: Path) -> None:
    """With the threads it was given, and without a second thought."""
    model = onnx_models.random_arcface(tmp_path / "arcface.onnx")

    assert open_session(model, Placement("cpu", threads=1), SQUARES).get_providers() == ["CPUExecutionProvider"]


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_gpu_that_is_not_there_is_not_replaced(tmp_path: Path, provider: str) -> None:
    """One line that names the variable, where ONNX Runtime would go on with the CPU."""
    model = onnx_models.random_arcface(tmp_path / "arcface.onnx")

    with pytest.raises(StartupError, match=f"LIKENESS_PROVIDER={provider}"):
        open_session(model, Placement(provider), SQUARES)


def test_a_provider_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A misspelt one must not mean the CPU."""
    with pytest.raises(StartupError, match="cudda is none of cpu, cuda, tensorrt"):
        open_session(tmp_path / "any.onnx", Placement("cudda"), SQUARES)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """The name of the file, not where it lies, nor what it holds."""
    (tmp_path / "broken.onnx").write_bytes(b"no model")

    with pytest.raises(StartupError, match=r"^broken.onnx: ONNX Runtime cannot load it"):
        open_session(tmp_path / "broken.onnx", Placement(), SQUARES)


def test_a_missing_cuda_library_is_not_a_warning() -> None:
    """ONNX Runtime lists the provider as built in, then quietly leaves it out."""
    with pytest.raises(StartupError, match="it would run on CPUExecutionProvider"):
        audit(Session(["CPUExecutionProvider"]), "cuda", "scrfd")


def test_tensorrt_that_fell_back_to_cuda_is_refused() -> None:
    """Asked for TensorRT, got CUDA: ten times slower would be a silent surprise."""
    with pytest.raises(StartupError, match="CUDAExecutionProvider"):
        audit(Session(["CUDAExecutionProvider", "CPUExecutionProvider"]), "tensorrt", "scrfd")


def test_convolutions_on_the_cpu_are_refused() -> None:
    """The provider is there, and does not take the work."""
    session = Session(
        ["CUDAExecutionProvider", "CPUExecutionProvider"],
        [Part("CPUExecutionProvider", [Node("Shape"), Node("Conv"), Node("Conv"), Node("Gemm")])],
    )

    with pytest.raises(StartupError, match="2 Conv would run on the CPU"):
        audit(session, "cuda", "scrfd")


def test_shape_arithmetic_may_stay_on_the_cpu() -> None:
    """That is where ONNX Runtime puts it by design."""
    session = Session(
        ["CUDAExecutionProvider", "CPUExecutionProvider"],
        [Part("CUDAExecutionProvider", [Node("Conv")]), Part("CPUExecutionProvider", [Node("Shape"), Node("Gather")])],
    )

    audit(session, "cuda", "scrfd")


def test_onnx_runtime_reports_as_these_tests_pretend(tmp_path: Path) -> None:
    """Which node went where, by the names the audit reads."""
    session = open_session(onnx_models.random_arcface(tmp_path / "arcface.onnx"), Placement(), SQUARES)
    parts = session.get_provider_graph_assignment_info()

    assert {"CPUExecutionProvider"} == {part.ep_name for part in parts}
    assert {"Conv", "Gemm"} <= {node.op_type for part in parts for node in part.get_nodes()}


def test_tensorrt_is_told_every_shape_in_advance() -> None:
    """As its provider options have it; an engine that has to be rebuilt in mid-request takes minutes."""
    assert profile("input.1", SQUARES) == {
        "trt_profile_min_shapes": "input.1:1x3x112x112",
        "trt_profile_opt_shapes": "input.1:8x3x112x112",
        "trt_profile_max_shapes": "input.1:32x3x112x112",
    }
    assert Shapes.batches(640, 1).least == Shapes.batches(640, 1).most == (1, 3, 640, 640)

"""ONNX Runtime sessions on the device that was asked for, or not at all."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from services.common.startup import StartupError
from services.faces.placement import CPU, CUDA, PROVIDERS, Placement, Shapes

# It looks at the variable while it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime as ort

# Where the time goes. One of these on the CPU although a GPU was asked for means that it fell back.
_HEAVY = frozenset({"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "ConvTranspose"})


def open_session(model: Path, placement: Placement, shapes: Shapes) -> ort.InferenceSession:
    """The session, audited: StartupError if any of the work would fall back to the CPU."""
    wanted = PROVIDERS.get(placement.provider)
    if wanted is None:
        raise StartupError(f"LIKENESS_PROVIDER: {placement.provider} is none of {', '.join(PROVIDERS)}")
    if missing := set(wanted) - set(ort.get_available_providers()):
        raise StartupError(
            f"LIKENESS_PROVIDER={placement.provider}, but this ONNX Runtime was built without {min(missing)}"
        )
    try:
        providers = [(name, _provider_options(name, placement, model, shapes)) for name in wanted]
        session = ort.InferenceSession(
            str(model), sess_options=_options(placement), providers=providers, enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime raises a class of its own for every status, without a common base
        raise StartupError(f"{model.name}: ONNX Runtime cannot load it ({type(error).__name__})") from None
    audit(session, placement.provider, model.name)
    return session


def profile(name: str, shapes: Shapes) -> dict[str, str]:
    """One TensorRT engine for all of them; without it every new batch size would build another, in mid-request."""
    ends = {"min": shapes.least, "opt": shapes.usual, "max": shapes.most}
    return {f"trt_profile_{end}_shapes": f"{name}:{'x'.join(map(str, shape))}" for end, shape in ends.items()}


def _input_of(model: Path) -> str:
    """The profile goes by the input's name, which only a session tells; this one does nothing else, and is gone."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return str(ort.InferenceSession(str(model), sess_options=options, providers=[CPU]).get_inputs()[0].name)


def audit(session: ort.InferenceSession, provider: str, name: str) -> None:
    """Compares where the session runs with where it was asked to. A missing CUDA library is only a warning to ORT."""
    active, wanted = session.get_providers(), PROVIDERS[provider]
    if active[: len(wanted)] != list(wanted):
        raise StartupError(f"{name}: LIKENESS_PROVIDER={provider}, but it would run on {', '.join(active)}")
    if provider == "cpu":
        return
    if fallen := _heavy_on_cpu(session):
        worst, count = fallen.most_common(1)[0]
        raise StartupError(f"{name}: LIKENESS_PROVIDER={provider}, but {count} {worst} would run on the CPU")


def _heavy_on_cpu(session: ort.InferenceSession) -> Counter[str]:
    counted: Counter[str] = Counter()
    for part in session.get_provider_graph_assignment_info():
        if part.ep_name == CPU:
            counted.update(node.op_type for node in part.get_nodes() if node.op_type in _HEAVY)
    return counted


def _options(placement: Placement) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = placement.threads
    options.inter_op_num_threads = 1
    # Its warnings quote file paths; what matters is audited.
    options.log_severity_level = 3
    # Idle threads that spin would take the CPU from decoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return options


def _provider_options(name: str, placement: Placement, model: Path, shapes: Shapes) -> dict[str, Any]:
    if name == CPU:
        return {}
    if name == CUDA:
        # An exhaustive search picks algorithms by timing them, so that two runs of one photo differ.
        return {"device_id": placement.device_id, "cudnn_conv_algo_search": "DEFAULT", "use_tf32": 0}
    options: dict[str, Any] = {"device_id": placement.device_id, "trt_fp16_enable": False}
    options |= profile(_input_of(model), shapes)
    if placement.engine_cache is not None:
        options |= {"trt_engine_cache_enable": True, "trt_engine_cache_path": str(placement.engine_cache)}
        options |= {"trt_timing_cache_enable": True, "trt_timing_cache_path": str(placement.engine_cache)}
    return options

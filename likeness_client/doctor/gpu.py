"""The GPU: whether there is one, which, how full, and whether the libraries see it. Never seen with one so far."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator

from likeness_client.doctor.finding import Finding, Patient, fault, ok, warning
from likeness_client.stack.profiles import Profile

_ASKED = "name,driver_version,memory.total,memory.used,compute_cap"
_PATIENCE_S = 60
_MIB = 1 << 20
# 10.3 GB of weights with one base, and room for the rows of a batch (docs/generator.md).
_WANTED_MIB = 24_000 * 1_000_000 // _MIB
# bfloat16 is built in from Ampere on.
_BF16_CAPABILITY = 8.0

_TORCH = "import torch; print(torch.__version__, torch.version.cuda or 'none', torch.cuda.is_available())"
_ONNX = "import onnxruntime as o; print(o.__version__, ','.join(o.get_available_providers()))"


def gpu(patient: Patient) -> Iterable[Finding]:
    cards = _cards()
    if patient.profile is not Profile.GPU:
        yield ok("gpu", f"{len(cards)} here; this profile uses none" if cards else "none; this profile needs none")
        return
    if not cards:
        yield fault(
            "gpu", "nvidia-smi finds none", "install the driver, give the container a GPU, or use --profile embedded"
        )
    for number, card in enumerate(cards):
        yield from _card(number, card)
    yield from _torch()
    yield from _onnx_runtime()


def _card(number: int, card: list[str]) -> Iterator[Finding]:
    name, driver, total, used, capability = card
    says = f"{name}, driver {driver}, {used} of {total} MiB used, compute capability {capability}"
    if int(total) - int(used) < _WANTED_MIB:
        do = "free it, or set generator.BASE_MODELS to one base and generator.ROWS=4 (docs/generator.md)"
        yield warning(f"gpu {number}", says, do)
    elif float(capability) < _BF16_CAPABILITY:
        yield warning(f"gpu {number}", says, "it has no bfloat16: set generator.PRECISION=float16")
    else:
        yield ok(f"gpu {number}", says)


def _torch() -> Iterator[Finding]:
    said = _said_by(_TORCH)
    if said is None:
        yield fault("torch", "cannot be imported", "pip install 'likeness[gpu]'")
    elif said.endswith("False"):
        version, cuda, _ = said.split()
        yield fault("torch", f"{version}, CUDA {cuda}, sees no GPU", "install the build for this driver's CUDA")
    else:
        yield ok("torch", said)


def _onnx_runtime() -> Iterator[Finding]:
    said = _said_by(_ONNX)
    if said is None:
        yield fault("onnxruntime", "cannot be imported", "pip install 'likeness[gpu]'")
    elif "CUDAExecutionProvider" not in said:
        do = "pip uninstall onnxruntime, then pip install --force-reinstall onnxruntime-gpu: they share a folder"
        yield fault("onnxruntime", f"{said}: no CUDA", do)
    else:
        yield ok("onnxruntime", said)


def _cards() -> list[list[str]]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    said = _output([program, f"--query-gpu={_ASKED}", "--format=csv,noheader,nounits"])
    rows = [[cell.strip() for cell in line.split(",")] for line in (said or "").splitlines()]
    return [row for row in rows if len(row) == len(_ASKED.split(","))]


def _said_by(code: str) -> str | None:
    """In a process of its own: such libraries are large, and take a GPU when they are looked at."""
    return _output([sys.executable, "-c", code])


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)  # noqa: S603 - ours
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

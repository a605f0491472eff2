"""The networks of a process."""

from pathlib import Path

import pytest
import torch

from services.common.models import LicencePolicy, ModelStore
from services.common.startup import StartupError
from services.upscaler.catalogue import open_networks
from services.upscaler.precision import Precision
from tests.services.upscaler import small
from tests.services.upscaler.models_here import models_dir


def _store(folder: Path, policy: LicencePolicy = LicencePolicy.COMMERCIAL) -> ModelStore:
    return ModelStore(models_dir(folder), policy)


def test_networks_are_opened_by_name(tmp_path: Path) -> None:
    """The operator's own, each with its facts and its models."""
    networks = open_networks(["small", "soft+softer"], _store(tmp_path), small.CPU, Precision.FLOAT32)

    assert list(networks) == ["small", "soft+softer"]
    assert [network.factor for network in networks.values()] == [4, 4]
    assert [network.can_denoise for network in networks.values()] == [False, True]
    assert [model.name for model in networks["soft+softer"].models] == ["soft", "softer"]
    assert networks["small"].precision == "float32"


def test_the_network_that_pip_brings_needs_no_directory() -> None:
    """Real weights, verified byte by byte, found without importing the package."""
    network = open_networks(["x4plus-ncnn"], ModelStore(None, LicencePolicy.COMMERCIAL), small.CPU, Precision.FLOAT32)

    assert network["x4plus-ncnn"].models[0].licence == "BSD-3-Clause"
    assert network["x4plus-ncnn"].enlarger(None)(torch.rand(1, 3, 8, 8)).shape == (1, 3, 32, 32)


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["x4plus"], "realesrgan-x4plus: it is not in"),
        (["nothing"], "nothing"),
        ([], "LIKENESS_NETWORKS"),
    ],
    ids=["not fetched", "unknown", "none"],
)
def test_what_is_not_there_stops_the_process(tmp_path: Path, names: list[str], line: str) -> None:
    """With one line; no other network is taken instead."""
    with pytest.raises(StartupError, match=line):
        open_networks(names, _store(tmp_path), small.CPU, Precision.FLOAT32)


def test_changed_weights_stop_the_process(tmp_path: Path) -> None:
    """One byte is enough."""
    store = _store(tmp_path)
    path = tmp_path / "small" / "small.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(StartupError, match=r"small.safetensors has sha256"):
        open_networks(["small"], store, small.CPU, Precision.FLOAT32)


def test_forbidden_weights_stop_the_process(tmp_path: Path) -> None:
    """By name, under the policy that forbids them."""
    store = ModelStore(models_dir(tmp_path, use="no"), LicencePolicy.COMMERCIAL)

    with pytest.raises(StartupError, match="small: refused by LICENSE_POLICY=commercial"):
        open_networks(["small"], store, small.CPU, Precision.FLOAT32)


def test_degrees_of_noise_share_networks(tmp_path: Path) -> None:
    """The same degree is the same network, so that pictures can share a batch; few are kept."""
    served = open_networks(["soft+softer"], _store(tmp_path), small.CPU, Precision.FLOAT32)["soft+softer"]

    assert [served.denoise(wish) for wish in (None, 0.0, 0.52, 1.0)] == [0.5, 0.0, 0.5, 1.0]
    assert served.enlarger(0.5) is served.enlarger(0.5)
    first = served.enlarger(0.0)
    for degree in (0.2, 0.4, 0.6, 0.8):
        served.enlarger(degree)
    assert served.enlarger(0.0) is not first


def test_a_network_that_cannot_ignores_degrees(tmp_path: Path) -> None:
    """There is only one of it."""
    served = open_networks(["small"], _store(tmp_path), small.CPU, Precision.FLOAT32)["small"]

    assert served.denoise(0.3) is None
    assert served.enlarger(0.3) is served.enlarger(None)

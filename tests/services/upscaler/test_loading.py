"""Networks from files."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from services.common.startup import StartupError
from services.upscaler.loading import load_blendable, load_network
from services.upscaler.networks import Network, RRDBNet, SRVGGNetCompact
from tests.services.upscaler import small


def _same(one: Network, other: Network) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == name_ and torch.equal(tensor, tensor_) for (name, tensor), (name_, tensor_) in pairs)


@pytest.mark.parametrize("group", ["params_ema", "params"])
@pytest.mark.parametrize("network", [small.network(), small.network(2), small.compact()], ids=["x4", "x2", "compact"])
def test_official_files_say_which_network_they_are(tmp_path: Path, network: Network, group: str) -> None:
    """Kind, blocks, width and scale follow from the weights alone."""
    loaded = load_network(small.saved(network, tmp_path / "weights.pth", group))

    assert (type(loaded), loaded.scale, loaded.multiple) == (type(network), network.scale, network.multiple)
    assert _same(network, loaded)


def test_averaged_weights_go_before_plain_ones(tmp_path: Path) -> None:
    """A file with both is read as its authors run it."""
    plain, averaged = small.network(seed=1), small.network(seed=2)
    torch.save({"params": plain.state_dict(), "params_ema": averaged.state_dict()}, tmp_path / "both.pth")

    assert _same(averaged, load_network(tmp_path / "both.pth"))


def test_safetensors_are_read_with_and_without_a_group(tmp_path: Path) -> None:
    """As `likeness models convert` writes them, and bare."""
    network = small.network()
    save_file(
        {f"params_ema.{name}": tensor for name, tensor in network.state_dict().items()}, tmp_path / "a.safetensors"
    )
    save_file(network.state_dict(), tmp_path / "b.safetensors")

    assert _same(network, load_network(tmp_path / "a.safetensors"))
    assert _same(network, load_network(tmp_path / "b.safetensors"))


def test_half_precision_files_become_float32(tmp_path: Path) -> None:
    """What precision to run in is decided later, against float32."""
    halved = {name: tensor.half() for name, tensor in small.compact().state_dict().items()}
    save_file(halved, tmp_path / "half.safetensors")

    assert {weight.dtype for weight in load_network(tmp_path / "half.safetensors").parameters()} == {torch.float32}


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    """Weights only: a pickled network is a program."""
    torch.save(small.network(), tmp_path / "program.pth")

    with pytest.raises(StartupError, match="more than weights"):
        load_network(tmp_path / "program.pth")


def test_other_networks_are_refused_by_name(tmp_path: Path) -> None:
    """One line that says which file and what was expected."""
    save_file({"encoder.weight": torch.zeros(3)}, tmp_path / "other.safetensors")

    with pytest.raises(StartupError, match=r"other.safetensors holds neither RRDBNet nor SRVGGNetCompact"):
        load_network(tmp_path / "other.safetensors")


def test_a_missing_layer_is_named(tmp_path: Path) -> None:
    """Weights that lack a tensor never run with a random one."""
    weights = small.network().state_dict()
    del weights["conv_hr.bias"]
    save_file(weights, tmp_path / "torn.safetensors")

    with pytest.raises(StartupError, match=r"conv_hr\.bias"):
        load_network(tmp_path / "torn.safetensors")


def test_a_blend_runs_from_one_set_of_weights_to_the_other(tmp_path: Path) -> None:
    """1 is the set that takes out noise, 0 the other, and between them lies the mean."""
    clean, noisy = small.compact(seed=1), small.compact(seed=2)
    blend = load_blendable(small.saved(clean, tmp_path / "a.pth"), small.saved(noisy, tmp_path / "b.pth"))

    assert _same(clean, blend.at(1.0))
    assert _same(noisy, blend.at(0.0))
    middle = (clean.state_dict()["body.0.weight"] + noisy.state_dict()["body.0.weight"]) / 2
    assert torch.allclose(middle, blend.at(0.5).state_dict()["body.0.weight"])


def test_different_networks_cannot_be_blended(tmp_path: Path) -> None:
    """Shapes disagree, so nothing is loaded."""
    one, other = small.saved(small.compact(), tmp_path / "a.pth"), small.saved(small.network(), tmp_path / "b.pth")

    with pytest.raises(StartupError, match="different networks"):
        load_blendable(one, other)


def test_no_parameter_is_drawn_at_random_while_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks are shaped without memory, and filled once."""
    path = small.saved(small.network(), tmp_path / "weights.pth")
    drawn: list[object] = []
    monkeypatch.setattr(torch.nn.init, "kaiming_uniform_", lambda tensor, **_: drawn.append(tensor.device.type))
    monkeypatch.setattr(torch.nn.init, "uniform_", lambda tensor, *_: drawn.append(tensor.device.type))
    load_network(path)

    assert set(drawn) <= {"meta"}
    assert isinstance(load_network(path), RRDBNet | SRVGGNetCompact)

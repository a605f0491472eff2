"""The networks, as published."""

import pytest
import torch
from torch import nn

from services.upscaler.networks import Network, RRDBNet, SRVGGNetCompact
from tests.services.upscaler import small


def _counts(network: nn.Module) -> tuple[int, int]:
    convolutions = sum(isinstance(module, nn.Conv2d) for module in network.modules())
    return convolutions, sum(parameter.numel() for parameter in network.parameters())


def test_x4plus_has_the_published_number_of_parameters() -> None:
    """351 convolutions, 16,697,987 parameters."""
    with torch.device("meta"):
        assert _counts(RRDBNet(4, 23)) == (351, 16_697_987)


def test_x2plus_folds_pixels_into_channels() -> None:
    """Twelve channels go in; the rest is as x4plus."""
    with torch.device("meta"):
        network = RRDBNet(2, 23)

    assert (network.conv_first.in_channels, network.scale, network.multiple) == (12, 2, 2)


def test_general_x4v3_has_the_published_number_of_parameters() -> None:
    """34 convolutions, 1,213,296 parameters."""
    with torch.device("meta"):
        assert _counts(SRVGGNetCompact(4, 32)) == (34, 1_213_296)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_picture_comes_back_as_many_times_as_large_as_promised(scale: int) -> None:
    """Whatever pixels are folded on the way in."""
    network = small.network(scale)
    picture = torch.rand(2, 3, 3 * network.multiple, 5 * network.multiple)

    result = network(picture)
    assert result.shape == (2, 3, picture.shape[2] * scale, picture.shape[3] * scale)


@torch.inference_mode()
@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("size", [(1, 40), (40, 1), (26, 34), (57, 90)])
@pytest.mark.parametrize("piece_bytes", [10_000, 50_000])
def test_pieces_change_nothing(scale: int, size: tuple[int, int], piece_bytes: int) -> None:
    """Dense blocks and the way up, a square at a time, are what they are in one; to float noise."""
    network = small.network(scale)
    picture = torch.rand(2, 3, size[0] * network.multiple, size[1] * network.multiple)
    whole = network(picture)
    network.piece_bytes = piece_bytes

    assert (network(picture) - whole).abs().max() < 1e-5


@torch.inference_mode()
@pytest.mark.parametrize("network", [small.network(), small.compact()], ids=["rrdb", "compact"])
def test_half_precision_keeps_the_ends_in_float32(network: Network) -> None:
    """The first and the last convolution stay, what lies between is half, and the picture is nearly the same."""
    picture = torch.rand(1, 3, 16, 16)
    exact = network(picture)
    network.lower(torch.bfloat16)

    kinds = [module.weight.dtype for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert [kinds[0], kinds[1], kinds[-1]] == [torch.float32, torch.bfloat16, torch.float32]
    assert (network(picture) - exact).abs().max() < 0.02


def test_an_unknown_scale_is_refused() -> None:
    """There is no RRDBNet for three times."""
    with pytest.raises(ValueError, match="not by 3"):
        RRDBNet(3, 1)

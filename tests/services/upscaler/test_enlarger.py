"""One network on one device."""

import pytest
import torch

from services.upscaler.enlarger import Enlarger
from services.upscaler.networks import RRDBNet
from tests.services.upscaler import small


class Stopped(Exception):
    """Nobody wants it any more."""


def test_it_is_the_network_within_bounds() -> None:
    """In float32 to float noise, whatever the memory layout; values outside of 0…1 are cut."""
    network, pictures = small.network(), torch.rand(2, 3, 20, 24)
    with torch.inference_mode():
        raw = network(pictures)
    result = Enlarger(network, small.CPU, torch.float32)(pictures)

    assert raw.min() < 0 or raw.max() > 1
    assert (result - raw.clamp(0, 1)).abs().max() < 1e-5


def test_the_network_given_is_not_changed() -> None:
    """It is needed again, to compare with."""
    network = small.network()
    Enlarger(network, small.CPU, torch.bfloat16)

    assert {weight.dtype for weight in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("network", [small.network(), small.compact()], ids=["rrdb", "compact"])
def test_a_watcher_hears_of_every_layer(network: RRDBNet) -> None:
    """Shares rise from 0, and nobody hears of the next run by accident."""
    shares: list[float] = []
    enlarger = Enlarger(network, small.CPU, torch.float32)
    enlarger(torch.rand(1, 3, 8, 8), shares.append)
    heard = len(shares)
    enlarger(torch.rand(1, 3, 8, 8))

    assert shares == sorted(shares)
    assert (shares[0], shares[-1] < 1) == (0, True)
    assert heard == len(shares) == len(list(network.body))


def test_a_watcher_can_end_the_run() -> None:
    """What it raises comes out, and the next run is whole."""

    def stop(share: float) -> None:
        raise Stopped

    enlarger = small.enlarger()
    with pytest.raises(Stopped):
        enlarger(torch.rand(1, 3, 8, 8), stop)

    assert enlarger(torch.rand(1, 3, 8, 8)).shape == (1, 3, 32, 32)


def test_what_overflows_in_half_precision_is_computed_again() -> None:
    """float16 ends at 65,504: a black block in place of a picture, had nobody looked."""
    network = small.network()
    with torch.no_grad():
        network.conv_up1.weight.mul_(1e6)
        network.conv_up2.weight.mul_(1e-6)
    pictures = torch.rand(1, 3, 16, 16)
    half, exact = (Enlarger(network, small.CPU, dtype) for dtype in (torch.float16, torch.float32))

    assert torch.equal(half(pictures), exact(pictures))
    assert (half.recomputed, exact.recomputed) == (1, 0)


def test_alone_or_in_a_batch_a_picture_is_the_same() -> None:
    """To 1e-5 in float32, whoever is beside it."""
    enlarger, pictures = small.enlarger(), torch.rand(5, 3, 24, 20)
    together = enlarger(pictures)

    for place, picture in enumerate(pictures):
        assert (enlarger(picture[None])[0] - together[place]).abs().max() < 1e-5

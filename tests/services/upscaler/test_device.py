"""The device that was asked for, and no other."""

import pytest
import torch

from services.common.startup import StartupError
from services.upscaler.device import budget_bytes, chosen_device, described
from tests.services.upscaler.small import CPU


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("cuda", "LIKENESS_DEVICE: cuda was asked for and is not there"),
        ("cuda:1", "LIKENESS_DEVICE: cuda:1 was asked for and is not there"),
        ("meta", "LIKENESS_DEVICE: meta is not one of cpu, cuda"),
        ("tpu", "LIKENESS_DEVICE: tpu is not one of cpu, cuda"),
    ],
)
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_stops_the_process(name: str, line: str) -> None:
    """With one line; nothing falls back to the CPU."""
    with pytest.raises(StartupError, match=line):
        chosen_device(name, 1)


def test_the_cpu_is_the_cpu() -> None:
    """With as many threads as it was given."""
    before = torch.get_num_threads()
    try:
        assert described(chosen_device("cpu", 1)) == "cpu"
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_memory_is_what_was_configured_or_a_share_of_what_is_free() -> None:
    """Never all of it."""
    assert budget_bytes(CPU, 12_345) == 12_345
    assert 0 < budget_bytes(CPU, None) < 1 << 60

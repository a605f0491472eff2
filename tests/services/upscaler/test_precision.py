"""The choice of a number format."""

import pytest
import torch

from services.common.startup import StartupError
from services.upscaler.precision import Precision, Trial, compared, has_bfloat16, sample_picture, settled
from tests.services.upscaler import small


@pytest.mark.parametrize(
    ("wanted", "dtype"),
    [(Precision.FLOAT32, torch.float32), (Precision.BFLOAT16, torch.bfloat16), (Precision.FLOAT16, torch.float16)],
)
def test_what_is_asked_for_by_name_is_what_runs(wanted: Precision, dtype: torch.dtype) -> None:
    """After it was found to draw the same picture."""
    assert settled(small.network(), small.CPU, wanted).dtype is dtype


def test_a_precision_that_draws_another_picture_stops_the_process() -> None:
    """One line with the numbers; nothing falls back in silence."""
    network = small.network()
    with torch.no_grad():
        # Large numbers that cancel: in half precision nothing is left of the small one they carry.
        network.conv_body.bias.add_(4096)
        network.conv_up1.bias.sub_(network.conv_up1.weight.sum((1, 2, 3)) * 4096)

    with pytest.raises(StartupError, match=r"LIKENESS_PRECISION: bfloat16 on this device is .* of 255 off"):
        settled(network, small.CPU, Precision.BFLOAT16)


def test_auto_takes_what_the_processor_has_built_in() -> None:
    """And does not time it: on a busy machine that would be a matter of luck."""
    expected = torch.bfloat16 if has_bfloat16(small.CPU) else torch.float32

    assert settled(small.network(), small.CPU, Precision.AUTO).dtype is expected


def test_auto_takes_float32_where_half_precision_is_wrong() -> None:
    """The same network, left to choose."""
    network = small.network()
    with torch.no_grad():
        network.conv_body.bias.add_(4096)
        network.conv_up1.bias.sub_(network.conv_up1.weight.sum((1, 2, 3)) * 4096)

    assert settled(network, small.CPU, Precision.AUTO).dtype is torch.float32


@pytest.mark.parametrize(
    ("trial", "right"),
    [
        (Trial(0.2, 4.0, 5.0), True),
        (Trial(0.6, 4.0, 5.0), False),
        (Trial(0.2, 21.0, 5.0), False),
        (Trial(float("nan"), float("nan"), 5.0), False),
    ],
)
def test_a_trial_is_right_within_limits(trial: Trial, right: bool) -> None:
    """What is no number is not right."""
    assert trial.right is right


def test_a_trial_measures_both() -> None:
    """bfloat16 is a little off, and somehow fast."""
    trial = compared(small.enlarger(dtype=torch.bfloat16), small.enlarger())

    assert 0 < trial.mean < 0.5
    assert trial.most < 12
    assert trial.speed > 0


def test_the_sample_is_the_same_every_time() -> None:
    """A start does not depend on luck."""
    assert torch.equal(sample_picture(64), sample_picture(64))

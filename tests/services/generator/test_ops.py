"""The arithmetic of a run."""

import numpy as np
import pytest
import torch

from services.generator import ops
from services.generator.call import Strength


@pytest.mark.parametrize(
    ("window", "acting"),
    [
        ((0.0, 1.0), [0, 1, 2, 3, 4]),
        ((0.0, 0.5), [0, 1]),
        ((0.5, 1.0), [3, 4]),
        ((0.2, 0.6), [1, 2]),
        ((0.0, 0.0), []),
        ((0.3, 0.35), []),
    ],
)
def test_a_step_is_inside_if_all_of_it_is(window: tuple[float, float], acting: list[int]) -> None:
    """i/n >= start and (i+1)/n <= end, of five steps."""
    strength = Strength(0.7, *window)
    assert acting == [step for step in range(5) if ops.strength_at(strength, step, 5) == 0.7]
    assert acting == [step for step, value in enumerate(ops.course(strength, 5, 2.0)) if value == 1.4]


def test_guidance_is_each_pictures_own() -> None:
    """Unconditional rows of the guided ones first, then everybody's conditional row."""
    rows = torch.tensor([0.0, 10.0, 1.0, 12.0, 7.0]).view(5, 1, 1, 1)
    mixed = ops.guided(rows, torch.tensor([5.0, 2.0]).view(2, 1, 1, 1), 2)
    assert [5.0, 14.0, 7.0] == mixed.flatten().tolist()


def test_without_guidance_nothing_is_mixed() -> None:
    """The rows are the predictions."""
    rows = torch.randn(3, 4, 2, 2)
    assert torch.equal(rows, ops.guided(rows, None, 0))


def test_size_is_told_as_height_and_width() -> None:
    """Original, crop and target, of the size that is rendered."""
    assert [[1152, 896, 0, 0, 1152, 896]] == ops.time_ids(896, 1152).tolist()


def test_maps_are_shown_from_zero_to_one_and_pictures_around_zero() -> None:
    """What a ControlNet sees is not what a VAE sees."""
    pixels = np.array([[[0, 128, 255]]], np.uint8)
    assert [0.0, pytest.approx(128 / 255), 1.0] == ops.to_map(pixels).flatten().tolist()
    assert [-1.0, pytest.approx(256 / 255 - 1, abs=1e-6), 1.0] == ops.to_image(pixels).flatten().tolist()


def test_bytes_are_rounded_and_clamped() -> None:
    """Half up, and nothing wraps."""
    image = torch.tensor([-3.0, -1.0, 0.0, 0.999, 5.0]).view(1, 1, 1, 5).expand(1, 3, 1, 5)
    assert [0, 0, 128, 255, 255] == ops.to_pixels(image)[0, :, 0].tolist()


def test_latents_blend_by_share() -> None:
    """Seventy and thirty parts."""
    one, other = np.ones((4, 2, 2), np.float32), np.full((4, 2, 2), 11, np.float32)
    assert torch.allclose(torch.tensor(4.0), ops.blended(((one, 0.7), (other, 0.3))))


@pytest.mark.parametrize("velocity", [False, True])
def test_an_estimate_undoes_the_noise(velocity: bool) -> None:
    """With the true noise or velocity it is the clean latents."""
    clean, noise, kept = torch.randn(1, 4, 3, 3), torch.randn(1, 4, 3, 3), 0.3
    sample = kept**0.5 * clean + (1 - kept) ** 0.5 * noise
    true = kept**0.5 * noise - (1 - kept) ** 0.5 * clean if velocity else noise
    assert torch.allclose(clean, ops.clean_estimate(sample, true, kept, velocity), atol=1e-5)

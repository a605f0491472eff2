"""Pure functions of a denoising run: which steps, which rows, which pixels."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.generator.call import Pixels, Strength

# Latents to rough RGB: a fit to SDXL's latent space by T. A. Vass ("Explaining the SDXL latent space"), in 1/255.
_LATENT_TO_RGB = ((60, -60, 25, -70), (60, -5, 15, -50), (60, 10, -5, -35))
_LATENT_BIAS = (150, 140, 130)


def strength_at(strength: Strength, step: int, steps: int) -> float:
    """What acts in step i of n: all of it iff i/n >= start and (i+1)/n <= end, else nothing."""
    inside = step / steps >= strength.start and (step + 1) / steps <= strength.end
    return strength.value if inside else 0.0


def course(strength: Strength, steps: int, factor: float = 1.0) -> tuple[float, ...]:
    """How strongly something acts in each of the steps."""
    return tuple(strength_at(strength, step, steps) * factor for step in range(steps))


def time_ids(width: int, height: int) -> Tensor:
    """What SDXL is told about size: original size, crop, target size, (1, 6)."""
    return torch.tensor([[height, width, 0, 0, height, width]], dtype=torch.float32)


def guided(prediction: Tensor, weights: Tensor | None, pairs: int) -> Tensor:
    """One prediction a picture. Rows are the unconditional halves of the first `pairs` pictures, then the conditional
    ones of all; `weights` (pairs, 1, 1, 1) is the guidance of each.
    """
    if weights is None:
        return prediction
    unconditional, conditional = prediction[:pairs], prediction[pairs:]
    mixed = unconditional + weights * (conditional[:pairs] - unconditional)
    return mixed if len(conditional) == pairs else torch.cat([mixed, conditional[pairs:]])


def blended(latents: list[tuple[NDArray[np.float32], float]] | tuple[tuple[NDArray[np.float32], float], ...]) -> Tensor:
    """The weighted sum, (1, 4, h, w)."""
    parts = [torch.from_numpy(np.array(each)) * share for each, share in latents]
    return torch.stack(parts).sum(0)[None]


def to_map(pixels: Pixels) -> Tensor:
    """A control map for a network, (1, 3, h, w) in [0, 1]: never [-1, 1]."""
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float() / 255


def to_image(pixels: Pixels) -> Tensor:
    """A picture for the VAE, (1, 3, h, w) in [-1, 1]."""
    return to_map(pixels) * 2 - 1


def to_pixels(image: Tensor) -> Pixels:
    """What the VAE decoded, (1, 3, h, w) around [-1, 1], as RGB bytes (h, w, 3), rounded on the device."""
    shown = ((image[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    pixels: Pixels = shown.permute(1, 2, 0).contiguous().cpu().numpy()
    return pixels


def clean_estimate(sample: Tensor, prediction: Tensor, kept: float, predicts_velocity: bool) -> Tensor:
    """The latents this step believes in. `sample` is what the network saw, `kept` the cumulative alpha of its time."""
    signal, noise = kept**0.5, (1 - kept) ** 0.5
    if predicts_velocity:
        return signal * sample - noise * prediction
    return (sample - noise * prediction) / signal


def rough_rgb(latents: Tensor) -> Pixels:
    """Latents (1, 4, h, w) as a picture an eighth as wide and high, good enough to recognise."""
    matrix = torch.tensor(_LATENT_TO_RGB, dtype=torch.float32, device=latents.device)
    bias = torch.tensor(_LATENT_BIAS, dtype=torch.float32, device=latents.device)
    shown = torch.einsum("rc,chw->hwr", matrix, latents[0].float()) + bias
    pixels: Pixels = shown.clamp(0, 255).to(torch.uint8).cpu().numpy()
    return pixels

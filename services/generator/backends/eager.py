"""Networks as PyTorch runs them, operation by operation."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from services.generator.loading import Models
from services.generator.networks import ControlNet, Denoiser, Inputs, Residuals

KERNELS = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "math": SDPBackend.MATH,
}


class Eager:
    """Any number of rows, no warm-up; the one that everything else is compared with."""

    name = "eager"

    def __init__(self, *, attention: str = "auto", channels_last: bool = False) -> None:
        self._channels_last = channels_last
        self._kernel: Callable[[], AbstractContextManager[object]] = nullcontext
        if attention != "auto":
            self._kernel = lambda: sdpa_kernel(KERNELS[attention])

    def prepare(self, models: Models) -> None:
        """Once, before the first step."""
        if self._channels_last:
            for network in networks(models):
                network.to(memory_format=torch.channels_last)

    def bucket(self, rows: int) -> int:
        return rows

    def denoise(self, net: Denoiser, given: Inputs, added: Residuals | None) -> Tensor:
        with self._kernel():
            return net(self._laid_out(given), added)

    def control(self, net: ControlNet, given: Inputs, embedded: Tensor, scale: Tensor) -> Residuals:
        with self._kernel():
            return net(self._laid_out(given), embedded, scale)

    def _laid_out(self, given: Inputs) -> Inputs:
        if not self._channels_last:
            return given
        return given._replace(sample=given.sample.contiguous(memory_format=torch.channels_last))


def networks(models: Models) -> list[Any]:
    """Everything that runs at a step or decodes."""
    nets = [models.identity_net, *models.controls.values()]
    bases = models.bases.values()
    return [*(base.denoiser.unet for base in bases), *(net.model for net in nets), *(base.vae.model for base in bases)]

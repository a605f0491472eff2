"""One network, on one device, in one precision."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from services.upscaler.dense import Body, Kernels
from services.upscaler.networks import Appetite, Network, RRDBNet

# Called between the layers with the share of the run that is done. It may raise, and so end the run.
Watch = Callable[[float], None]


# Of the largest tensor of a piece. glibc keeps blocks of up to 32 MiB; larger ones go back to the kernel at once, and
# every page of the next one is a fault.
PIECE_BYTES = 24 * 1024 * 1024


class Enlarger:
    """Tensors in, tensors out. Used by one thread at a time."""

    def __init__(
        self, network: Network, device: torch.device, dtype: torch.dtype, kernels: Kernels | None = None
    ) -> None:
        """`network` is in float32 on the CPU and is not changed. `kernels` run the body of an RRDBNet."""
        self.scale, self.multiple = network.scale, network.multiple
        self.device, self.dtype = device, dtype
        self.recomputed = 0
        self._exact = network
        self._network = _placed(network, device, dtype)
        if device.type == "cpu" and isinstance(self._network, RRDBNet):
            self._network.piece_bytes = PIECE_BYTES
        if kernels is not None and isinstance(self._network, RRDBNet):
            self._network.body = Body(self._network, kernels)  # type: ignore[assignment]
        self._watch: Watch | None = None
        self._layers = list(self._network.body)
        for done, layer in enumerate(self._layers):
            layer.register_forward_pre_hook(self._between(done / (len(self._layers) + 1)))

    @property
    def appetite(self) -> Appetite:
        return self._network.appetite(self.dtype.itemsize)

    @torch.inference_mode()
    def __call__(self, pictures: Tensor, watch: Watch | None = None) -> Tensor:
        """(n, 3, h, w), float32 in 0…1, sides multiples of `multiple`, from anywhere.

        Returns (n, 3, scale·h, scale·w), float32 in 0…1, on the device.
        """
        pictures = pictures.to(self.device).contiguous(memory_format=torch.channels_last)
        with self._watched(watch):
            result = self._network(pictures)
            if self.dtype is not torch.float32 and not torch.isfinite(result).all():
                # Half precision overflowed: that would be a black picture, or black blocks in it.
                self.recomputed += 1
                result = _placed(self._exact, self.device, torch.float32)(pictures)
        return result.clamp_(0, 1)  # type: ignore[no-any-return]

    @contextmanager
    def _watched(self, watch: Watch | None) -> Iterator[None]:
        self._watch = watch
        try:
            yield
        finally:
            self._watch = None

    def _between(self, share: float) -> Callable[[nn.Module, object], None]:
        def tell(_: nn.Module, __: object) -> None:
            if self._watch is not None:
                self._watch(share)

        return tell


def _placed(network: Network, device: torch.device, dtype: torch.dtype) -> Network:
    placed = copy.deepcopy(network).lower(dtype).to(device)
    for convolution in placed.modules():
        if isinstance(convolution, nn.Conv2d):
            convolution.weight.data = convolution.weight.data.contiguous(memory_format=torch.channels_last)
    return placed

"""The autoencoder: pictures into latents and back, in float32 where half precision would overflow."""

from collections.abc import Callable

import torch
from diffusers import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor

from services.generator.call import Pixels
from services.generator.ops import to_image, to_pixels
from services.generator.weights import Part, empty, fill

# Names that early diffusers gave to the layers of the middle attention; older VAE files still use them.
_RENAMED = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}


class Posterior:
    """Latents of one picture, as a distribution."""

    def __init__(self, distribution: DiagonalGaussianDistribution, scale: Callable[[Tensor], Tensor]) -> None:
        self._distribution = distribution
        self._scale = scale

    def sample(self, generator: torch.Generator) -> Tensor:
        """Latents (1, 4, h, w), float32, scaled as the model wants them."""
        return self._scale(self._distribution.sample(generator).float())


class Vae:
    """Latents are float32 outside of it, scaled as the model wants them."""

    def __init__(self, model: AutoencoderKL, dtype: torch.dtype) -> None:
        self.model = model
        self.dtype = dtype
        self._factor = model.config["scaling_factor"]
        mean, std = model.config.get("latents_mean"), model.config.get("latents_std")
        self._mean = torch.tensor(mean).view(1, -1, 1, 1) if mean and std else None
        self._std = torch.tensor(std).view(1, -1, 1, 1) if mean and std else None

    @classmethod
    def load(cls, part: Part, device: torch.device, dtype: torch.dtype) -> "Vae":
        config = AutoencoderKL._dict_from_json_file(part["config.json"])
        if dtype is torch.float16 and config.get("force_upcast", True):
            dtype = torch.float32
        model = empty(lambda: AutoencoderKL.from_config(config))
        tensors = {_renamed(key): tensor for key, tensor in part.tensors().items()}
        return cls(fill(model, tensors, name=part.name, device=device, dtype=dtype), dtype)

    def posterior(self, pixels: Pixels) -> "Posterior":
        """What the encoder makes of a picture: a distribution of latents."""
        image = to_image(pixels).to(self.model.device, self.dtype)
        return Posterior(self.model.encode(image).latent_dist, self._scaled)

    def _scaled(self, latents: Tensor) -> Tensor:
        if self._mean is None or self._std is None:
            return self._factor * latents
        return (latents - self._mean.to(latents.device)) * self._factor / self._std.to(latents.device)

    def decode(self, latents: Tensor) -> Pixels:
        """Latents (1, 4, h, w) to a picture eight times as wide and high."""
        if self._mean is None or self._std is None:
            unscaled = latents / self._factor
        else:
            unscaled = latents * self._std.to(latents.device) / self._factor + self._mean.to(latents.device)
        return to_pixels(self.model.decode(unscaled.to(self.dtype), return_dict=False)[0])


def _renamed(key: str) -> str:
    for old, new in _RENAMED.items():
        key = key.replace(old, new)
    return key

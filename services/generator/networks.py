"""The two networks of a step as plain functions of tensors: nothing that one call sets outlives it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from diffusers import ControlNetModel, UNet2DConditionModel
from torch import Tensor, nn

from services.generator.attention import CrossLayers, Pair, Projections, View


class Residuals(NamedTuple):
    """What a ControlNet adds to the UNet: nine tensors on the way down, one in the middle."""

    down: tuple[Tensor, ...]
    mid: Tensor


class Inputs(NamedTuple):
    """What every network of a step is given, by rows."""

    sample: Tensor
    """Latents (rows, 4, h, w) as the scheduler scales them."""
    timesteps: Tensor
    """(rows,)"""
    view: View
    pooled: Tensor
    time_ids: Tensor

    def words(self) -> dict[str, Any]:
        """Those that diffusers' UNet and ControlNet take by the same names."""
        return {
            "encoder_hidden_states": self.view,
            "added_cond_kwargs": {"text_embeds": self.pooled, "time_ids": self.time_ids},
            "return_dict": False,
        }


class Denoiser:
    """SDXL's UNet with the identity's attention beside that to text."""

    def __init__(self, unet: UNet2DConditionModel, name: str) -> None:
        self.name = name
        self.unet = unet
        self.layers = CrossLayers(unet, name)

    def look(self, text: Tensor, identity: Tensor, adapter: Projections) -> View:
        """Projects text (rows, 77, width) and identity tokens (rows, 16, width) once for all steps of a batch."""
        return View(self.layers.look(text), self.layers.look_by(adapter, identity))

    def __call__(self, given: Inputs, added: Residuals | None) -> Tensor:
        """The network's prediction, shaped as the sample."""
        down, mid = (added.down, added.mid) if added else (None, None)
        prediction: Tensor = self.unet(
            given.sample,
            given.timesteps,
            down_block_additional_residuals=down,
            mid_block_additional_residual=mid,
            **given.words(),
        )[0]
        return prediction


class ControlNet:
    """A ControlNet whose map is embedded once for a call instead of at every step."""

    def __init__(self, model: ControlNetModel, name: str) -> None:
        self.name = name
        self.model = model
        self.layers = CrossLayers(model, name)
        self.embedding: nn.Module = model.controlnet_cond_embedding
        self._flips = model.config["controlnet_conditioning_channel_order"] == "bgr"
        model.controlnet_cond_embedding = nn.Identity()
        model.register_to_config(controlnet_conditioning_channel_order="rgb")

    def embed(self, control_map: Tensor) -> Tensor:
        """A map (1, 3, height, width) in [0, 1] to (1, channels, height / 8, width / 8)."""
        embedded: Tensor = self.embedding(control_map.flip(1) if self._flips else control_map)
        return embedded

    def look(self, states: Tensor) -> View:
        """What its layers look at: for IdentityNet the identity tokens and no text, for others the text."""
        return View(self.layers.look(states))

    def __call__(self, given: Inputs, embedded: Tensor, scale: Tensor) -> Residuals:
        """`embedded` is (rows, channels, h, w), `scale` (rows, 1, 1, 1)."""
        down, mid = self.model(
            given.sample, given.timesteps, controlnet_cond=embedded, conditioning_scale=scale, **given.words()
        )
        return Residuals(tuple(down), mid)


def summed(residuals: Sequence[Residuals]) -> Residuals | None:
    """What several ControlNets add together. None of none."""
    if len(residuals) < 2:
        return residuals[0] if residuals else None
    down = tuple(sum(parts[1:], parts[0]) for parts in zip(*(each.down for each in residuals), strict=True))
    mid = [each.mid for each in residuals]
    return Residuals(down, sum(mid[1:], mid[0]))


__all__ = ["ControlNet", "Denoiser", "Inputs", "Pair", "Projections", "Residuals", "View", "summed"]

"""Attention to text and identity, with keys and values projected once for a batch instead of at every step.

Text and identity tokens share the query and have projections of their own; what the identity says is added, times each
row's own scale, before the output projection. Nothing is kept in the layers: what they look at comes with the call.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from diffusers import ControlNetModel, UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor
from torch.nn import functional

from services.common.startup import StartupError

N = TypeVar("N", UNet2DConditionModel, ControlNetModel)


class Pair(NamedTuple):
    """Keys and values of one layer, (rows, heads, tokens, head width)."""

    key: Tensor
    value: Tensor


class View(NamedTuple):
    """What the layers of a network look at: pairs by layer, and for identity the scale of each row, (rows, 1, 1, 1)."""

    text: tuple[Pair, ...]
    identity: tuple[Pair, ...] = ()
    scale: Tensor | None = None

    def scaled(self, scale: Tensor | None) -> "View":
        """With None the identity is not looked at."""
        return self._replace(scale=scale)


class Looking:
    """diffusers' attention processor of one layer. It takes a `View` where others take hidden states."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: View,
        attention_mask: None = None,
    ) -> Tensor:
        view = encoder_hidden_states
        query = _heads(attn.to_q(hidden_states), attn.heads)
        seen = functional.scaled_dot_product_attention(query, *view.text[self.place])
        if view.scale is not None:
            known = functional.scaled_dot_product_attention(query, *view.identity[self.place])
            seen = seen + view.scale * known
        merged: Tensor = attn.to_out[0](seen.transpose(1, 2).flatten(2))
        return merged


class CrossLayers:
    """The layers of one network that look at text, in the order that `ip-adapter.bin` counts them."""

    def __init__(self, network: N, name: str) -> None:
        processors = dict(network.attn_processors)
        self.numbers = [number for number, key in enumerate(processors) if "attn2" in key]
        keys = [list(processors)[number] for number in self.numbers]
        self._layers: list[Attention] = [network.get_submodule(key.removesuffix(".processor")) for key in keys]
        for place, (key, layer) in enumerate(zip(keys, self._layers, strict=True)):
            _check(layer, name)
            processors[key] = Looking(place)
        network.set_attn_processor(processors)

    def __iter__(self) -> Iterator[Attention]:
        return iter(self._layers)

    def look(self, states: Tensor) -> tuple[Pair, ...]:
        """Keys and values of tokens (rows, tokens, width) by each layer's own projections."""
        return tuple(Pair(*_pair(layer, layer.to_k(states), layer.to_v(states))) for layer in self._layers)

    def look_by(self, projections: "Projections", tokens: Tensor) -> tuple[Pair, ...]:
        """The same by projections from elsewhere, one pair of weights for each layer."""
        linear = functional.linear
        return tuple(
            Pair(*_pair(layer, linear(tokens, to_key), linear(tokens, to_value)))
            for layer, (to_key, to_value) in zip(self._layers, projections, strict=True)
        )


Projections = tuple[tuple[Tensor, Tensor], ...]
"""Weights to keys and to values for each layer, (width of the layer, width of a token)."""


def projections(weights: Mapping[str, Tensor], numbers: list[int]) -> Projections:
    """The identity's projections out of an `ip-adapter.bin`, which numbers layers among all attention processors."""
    wanted = {f"{number}.{kind}.weight" for number in numbers for kind in ("to_k_ip", "to_v_ip")}
    if wanted != set(weights):
        raise StartupError("the identity adapter was made for another architecture than the base model")
    return tuple((weights[f"{number}.to_k_ip.weight"], weights[f"{number}.to_v_ip.weight"]) for number in numbers)


def _pair(layer: Attention, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return _heads(key, layer.heads), _heads(value, layer.heads)


def _heads(packed: Tensor, heads: int) -> Tensor:
    return packed.unflatten(-1, (heads, -1)).transpose(1, 2)


def _check(layer: Attention, name: str) -> None:
    """`Looking` leaves out what SDXL's layers do not have."""
    extras = (layer.spatial_norm, layer.group_norm, layer.norm_cross, layer.norm_q, layer.norm_k)
    if any(extras) or layer.residual_connection or layer.rescale_output_factor != 1:
        raise StartupError(f"{name}: its attention layers are not those of SDXL")

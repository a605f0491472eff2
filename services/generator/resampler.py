"""InstantID's image projection: one face embedding in, sixteen identity tokens out.

A perceiver: learned latents look at the embedding and at one another through a few layers. Module names are those of
the published file, so that its keys load as they are.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

HEAD_WIDTH = 64


class Resampler(nn.Module):
    """Raw embeddings (n, 1, embedding) to identity tokens (n, 16, out), in the dtype of its weights.

    The embedding is the recogniser's own, never normalised: the input projection has a bias that was trained against
    a norm of about 22. The unconditional tokens are those of a zero embedding.
    """

    def __init__(
        self, embedding: int, width: int, out: int, heads: int, queries: int = 16, depth: int = 4, expansion: int = 4
    ) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.empty(1, queries, width))
        self.proj_in = nn.Linear(embedding, width)
        self.layers = nn.ModuleList(
            nn.ModuleList([_Look(width, heads), _feed_forward(width, expansion)]) for _ in range(depth)
        )
        self.proj_out = nn.Linear(width, out)
        self.norm_out = nn.LayerNorm(out)

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> "Resampler":
        """An empty one on the meta device whose sizes are read off the weights it is going to get."""
        width, embedding = weights["proj_in.weight"].shape
        with torch.device("meta"):
            return cls(
                embedding=embedding,
                width=width,
                out=weights["proj_out.weight"].shape[0],
                heads=weights["layers.0.0.to_q.weight"].shape[0] // HEAD_WIDTH,
                queries=weights["latents"].shape[1],
                depth=1 + max(int(key.split(".")[1]) for key in weights if key.startswith("layers.")),
                expansion=weights["layers.0.1.1.weight"].shape[0] // width,
            )

    @property
    def embedding_width(self) -> int:
        return self.proj_in.in_features

    def forward(self, embeddings: Tensor) -> Tensor:
        given = self.proj_in(embeddings)
        latents = self.latents.expand(len(embeddings), -1, -1)
        for layer in self.layers:
            look, think = cast(nn.ModuleList, layer)
            latents = latents + look(given, latents)
            latents = latents + think(latents)
        tokens: Tensor = self.norm_out(self.proj_out(latents))
        return tokens


class _Look(nn.Module):
    """Latents attend over what was given and over themselves, in this order."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        inner = heads * HEAD_WIDTH
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_kv = nn.Linear(width, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, width, bias=False)

    def forward(self, given: Tensor, latents: Tensor) -> Tensor:
        latents = self.norm2(latents)
        keys, values = self.to_kv(torch.cat([self.norm1(given), latents], dim=1)).chunk(2, dim=-1)
        query, keys, values = (self._split(part) for part in (self.to_q(latents), keys, values))
        # Query and key share the usual 1/√d, so that their product stays small in half precision; softmax in float32.
        scale = HEAD_WIDTH**-0.25
        scores = (query * scale) @ (keys * scale).transpose(-2, -1)
        seen = functional.softmax(scores.float(), dim=-1).to(values.dtype) @ values
        merged: Tensor = self.to_out(seen.transpose(1, 2).flatten(2))
        return merged

    def _split(self, packed: Tensor) -> Tensor:
        return packed.unflatten(-1, (self.heads, HEAD_WIDTH)).transpose(1, 2)


def _feed_forward(width: int, expansion: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, expansion * width, bias=False),
        nn.GELU(),
        nn.Linear(expansion * width, width, bias=False),
    )

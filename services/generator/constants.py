"""What is constant over a call, computed once, when the first picture needs it."""

from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from services.generator import keypoints, ops
from services.generator.call import Request
from services.generator.counters import Counters
from services.generator.loading import Base, Models
from services.generator.lora import Chosen
from services.generator.text import Encoded
from services.generator.vae import Posterior

T = TypeVar("T")


class Conditions(NamedTuple):
    """What one picture is conditioned by during one pass. All tensors have one row."""

    positive: Encoded
    negative: Encoded | None
    """None without guidance."""
    identity: Tensor
    key_points: Tensor | None
    """IdentityNet's embedding of their drawing. None where IdentityNet never runs."""
    controls: tuple[Tensor, ...]
    time_ids: Tensor


class Constants:
    """Of one call; they live as long as it does."""

    def __init__(self, models: Models, request: Request, counters: Counters) -> None:
        self._models = models
        self._request = request
        self._counters = counters
        self._kept: dict[Hashable, object] = {}

    def conditions(self, base: Base, loras: Chosen, prompt: int, *, guided: bool, identity_net: bool) -> Conditions:
        """Everything but the noise. `identity_net` says whether IdentityNet is going to run at all."""
        words = self._request.prompts[prompt]
        negative = words.negative
        return Conditions(
            positive=self._encoded(base, loras, words.text, words.text_is_template),
            negative=self._encoded(base, loras, negative, words.negative_is_template) if guided else None,
            identity=self._once("identity", self._tokens),
            key_points=self._once("key points", self._drawn) if identity_net else None,
            controls=tuple(
                self._once(("map", place), self._map, place) for place in range(len(self._request.controls))
            ),
            time_ids=self._once("time ids", self._time_ids),
        )

    def posterior(self, base: Base) -> Posterior:
        """The init picture as the VAE of a base sees it; every picture samples it with its own generator."""
        return self._once(("picture", id(base.vae)), self._seen, base)

    def blended(self) -> Tensor:
        """The init latents."""
        return self._once("latents", self._blend)

    def _encoded(self, base: Base, loras: Chosen, text: str | None, template: bool) -> Encoded:
        return self._once((base.name, loras, text), self._encode, base, loras, text, template)

    def _encode(self, base: Base, loras: Chosen, text: str | None, template: bool) -> Encoded:
        before = base.text.encodings
        with base.loras.acting(loras):
            encoded = base.text.encode(text, template=template, loras=loras)
        self._counters.prompt_encodings += base.text.encodings - before
        return encoded

    def _tokens(self) -> Tensor:
        if self._request.identity is None:
            raise ValueError("this engine needs an identity")
        self._counters.identity_tokens += 1
        raw = torch.from_numpy(self._request.identity).reshape(1, 1, -1)
        return self._models.resampler(raw.to(self._models.device, self._models.dtype))

    def _drawn(self) -> Tensor:
        self._counters.key_point_embeddings += 1
        request = self._request
        drawing = keypoints.draw(request.key_points, request.width, request.height)
        return self._models.identity_net.embed(self._on_device(ops.to_map(drawing)))

    def _map(self, place: int) -> Tensor:
        self._counters.map_embeddings += 1
        control = self._request.controls[place]
        return self._models.controls[control.name].embed(self._on_device(ops.to_map(control.map)))

    def _time_ids(self) -> Tensor:
        return self._on_device(ops.time_ids(self._request.width, self._request.height))

    def _seen(self, base: Base) -> Posterior:
        if self._request.start is None or self._request.start.picture is None:
            raise ValueError("there is no picture to start from")
        self._counters.picture_encodings += 1
        return base.vae.posterior(self._request.start.picture)

    def _blend(self) -> Tensor:
        if self._request.start is None:
            raise ValueError("there are no latents to start from")
        return ops.blended(self._request.start.latents).to(self._models.device)

    def _on_device(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._models.device, self._models.dtype)

    def _once(self, key: Hashable, make: Callable[..., T], *args: object) -> T:
        if key not in self._kept:
            self._kept[key] = make(*args)
        return self._kept[key]  # type: ignore[return-value]  # what `make` made under this key

"""Prompts into embeddings as SDXL wants them: two encoders side by side, last layer but one, pooled from the second."""

from collections import OrderedDict
from typing import NamedTuple

import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from services.generator.weights import Part, empty, fill

# Of prompts that hold nothing of a person; a few hundred styles at most.
_TEMPLATES_KEPT = 256

Loras = tuple[tuple[str, float], ...]


class Encoded(NamedTuple):
    """States (1, 77, width of both encoders) and pooled (1, width)."""

    states: Tensor
    pooled: Tensor


class TextEncoder:
    """The two tokenizers and encoders of a base model. Only templates are remembered."""

    def __init__(self, first: "_Clip", second: "_Clip", *, zeros_for_unset: bool, dtype: torch.dtype) -> None:
        self.parts = (first, second)
        self.encodings = 0
        self._zeros_for_unset = zeros_for_unset
        self._dtype = dtype
        self._templates: OrderedDict[tuple[str, Loras], Encoded] = OrderedDict()

    @classmethod
    def load(
        cls, parts: dict[str, Part], device: torch.device, dtype: torch.dtype, *, zeros_for_unset: bool
    ) -> "TextEncoder":
        """From the four folders of a diffusers layout."""
        clips = (
            _Clip(parts["tokenizer"], parts["text_encoder"], CLIPTextModel, device, dtype),
            _Clip(parts["tokenizer_2"], parts["text_encoder_2"], CLIPTextModelWithProjection, device, dtype),
        )
        return cls(*clips, zeros_for_unset=zeros_for_unset, dtype=dtype)

    def encode(self, text: str | None, *, template: bool = False, loras: Loras = ()) -> Encoded:
        """77 tokens for each encoder; the rest of a longer prompt is cut off, brackets are literal text.

        None, a negative that is not set, is zeros, or the empty text for models that were trained so. `loras` are those
        switched on at the moment.
        """
        if text is None and self._zeros_for_unset:
            return self._zeros()
        key = (text or "", loras)
        if kept := self._templates.get(key):
            self._templates.move_to_end(key)
            return kept
        encoded = self._encode(text or "")
        if template or not text:
            self._keep(key, encoded)
        return encoded

    def _encode(self, text: str) -> Encoded:
        self.encodings += 1
        outputs = [part(text) for part in self.parts]
        states = torch.cat([states for states, _ in outputs], dim=-1)
        return Encoded(states.to(self._dtype), outputs[1][1].to(self._dtype))

    def _zeros(self) -> Encoded:
        first, second = self.parts
        width = first.config.hidden_size + second.config.hidden_size
        zeros = torch.zeros(1, 77, width, dtype=self._dtype, device=second.device)
        return Encoded(zeros, zeros.new_zeros(1, second.config.projection_dim))

    def _keep(self, key: tuple[str, Loras], encoded: Encoded) -> None:
        self._templates[key] = encoded
        if len(self._templates) > _TEMPLATES_KEPT:
            self._templates.popitem(last=False)


class _Clip:
    """A tokenizer and its encoder."""

    def __init__(
        self,
        tokenizer: Part,
        encoder: Part,
        kind: type[CLIPTextModel] | type[CLIPTextModelWithProjection],
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.device = device
        self.tokenizer = CLIPTokenizer.from_pretrained(tokenizer["vocab.json"].parent, local_files_only=True)
        self.config = CLIPTextConfig.from_json_file(encoder["config.json"])
        self.model = empty(lambda: kind(self.config))
        fill(self.model, self._weights(encoder.tensors()), name=encoder.name, device=device, dtype=dtype)
        places = torch.arange(self.config.max_position_embeddings, device=device)
        text_model = getattr(self.model, "text_model", self.model)
        text_model.embeddings.position_ids = places.expand(1, -1)  # a buffer, so nothing has filled it

    def __call__(self, text: str) -> tuple[Tensor, Tensor]:
        """States of the last layer but one, and what the model pools or projects."""
        ids = self.tokenizer(
            text, padding="max_length", max_length=self.tokenizer.model_max_length, truncation=True, return_tensors="pt"
        ).input_ids
        output = self.model(ids.to(self.device), output_hidden_states=True)
        return output.hidden_states[-2], output[0]

    def _weights(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Published files begin every key of the plain encoder with `text_model.`, which this class may leave out."""
        own = self.model.state_dict()
        spelt = {key if key in own else key.removeprefix("text_model."): tensor for key, tensor in tensors.items()}
        spelt.pop("embeddings.position_ids", None)
        return spelt

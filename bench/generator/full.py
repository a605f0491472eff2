"""SDXL and InstantID at full size with random weights, made on the device: for speed, where pictures do not matter.

`small` has the same parts in miniature, so that the bench itself can be tried without a GPU.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, StableDiffusionXLControlNetPipeline, UNet2DConditionModel
from diffusers.schedulers import EulerDiscreteScheduler
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from bench.generator.ready import SDXL
from services.generator.attention import Projections
from services.generator.loading import Base, Models
from services.generator.lora import Loras
from services.generator.networks import ControlNet, Denoiser
from services.generator.resampler import Resampler
from services.generator.text import TextEncoder
from services.generator.tiny_text import write_tokenizer
from services.generator.vae import Vae

SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "timestep_spacing": "leading",
}
_SMALL = {
    "block_out_channels": (32, 64, 64),
    "transformer_layers_per_block": (1, 1, 1),
    "attention_head_dim": (1, 2, 2),
    "cross_attention_dim": 64,
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 32,
    "norm_num_groups": 8,
}
_UP = {"up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")}


class Full:
    """Every network once, with the parts that the engine and diffusers' pipeline share."""

    def __init__(self, device: torch.device, dtype: torch.dtype, *, small: bool = False) -> None:
        self.device, self.dtype = device, dtype
        trunk = SDXL | (_SMALL if small else {})
        self.context = int(trunk["cross_attention_dim"])
        self._trunk = trunk
        self.vae_model = self._made(lambda: AutoencoderKL(**_vae(small)), dtype)
        widths = (32, 32) if small else (768, 1280)
        layers = (2, 2) if small else (12, 32)
        folder = Path(mkdtemp())
        vocabulary = write_tokenizer(folder, pad="!")
        self.tokenizer = CLIPTokenizer.from_pretrained(folder)
        self.texts = [
            self._text(kind, vocabulary, width, depth)
            for kind, width, depth in zip((CLIPTextModel, CLIPTextModelWithProjection), widths, layers, strict=True)
        ]

    def models(self) -> Models:
        """For the engine."""
        denoiser = Denoiser(self.unet(), "full")
        resampler = self._made(lambda: self._resampler(), self.dtype)
        text = TextEncoder(*map(self._clip, self.texts), zeros_for_unset=True, dtype=self.dtype)
        base = Base(
            name="full",
            denoiser=denoiser,
            adapter=self._adapter(denoiser),
            text=text,
            vae=Vae(self.vae_model, self.dtype),
            loras=Loras({}),
            scheduler_config=SCHEDULER,
        )
        with torch.no_grad():
            nobody = resampler(torch.zeros(1, 1, 512, device=self.device, dtype=self.dtype))
        return Models(
            bases={"full": base},
            resampler=resampler,
            unconditional=nobody,
            identity_net=ControlNet(self.control(), "full"),
            controls={},
            device=self.device,
            dtype=self.dtype,
            opened={},
        )

    def pipeline(self) -> Any:
        """diffusers' own, eager, with networks of its own."""
        pipe = StableDiffusionXLControlNetPipeline(
            vae=self.vae_model,
            text_encoder=self.texts[0],
            text_encoder_2=self.texts[1],
            tokenizer=self.tokenizer,
            tokenizer_2=self.tokenizer,
            unet=self.unet(),
            controlnet=self.control(),
            scheduler=EulerDiscreteScheduler(**SCHEDULER),
            add_watermarker=False,
        )
        pipe.set_progress_bar_config(disable=True)
        denoiser = Denoiser(self.unet(), "only for its layers")
        adapter = self._adapter(denoiser)
        keys = {
            f"{number}.{kind}.weight": tensor
            for number, pair in zip(denoiser.layers.numbers, adapter, strict=True)
            for kind, tensor in zip(("to_k_ip", "to_v_ip"), pair, strict=True)
        }
        resampler = self._made(lambda: self._resampler(), self.dtype).state_dict()
        pipe.load_ip_adapter({"image_proj": resampler, "ip_adapter": keys}, "", "", image_encoder_folder=None)
        return pipe

    def unet(self) -> Any:
        return self._made(lambda: UNet2DConditionModel(**self._trunk | _UP), self.dtype)

    def control(self) -> Any:
        return self._made(lambda: ControlNetModel(**self._trunk), self.dtype)

    def _resampler(self) -> Resampler:
        width = max(64, self.context * 5 // 8 // 64 * 64)  # 1280 for SDXL's 2048
        return Resampler(512, width, self.context, heads=width // 64)

    def _adapter(self, denoiser: Denoiser) -> Projections:
        def weight(width: int) -> torch.Tensor:
            return torch.randn(width, self.context, device=self.device, dtype=self.dtype) * 0.02

        widths = [layer.to_k.out_features for layer in denoiser.layers]
        return tuple((weight(width), weight(width)) for width in widths)

    def _text(self, kind: Callable[..., nn.Module], vocabulary: int, width: int, layers: int) -> Any:
        config = CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=4 * width,
            num_hidden_layers=layers,
            num_attention_heads=max(1, width // 64),
            projection_dim=1280 if width > 32 else 32,
            bos_token_id=vocabulary - 2,
            eos_token_id=vocabulary - 1,
            pad_token_id=vocabulary - 1,
        )
        return self._made(lambda: kind(config), self.dtype)

    def _clip(self, model: Any) -> Any:
        """As `TextEncoder` wants it: something that knows its config and turns a text into states and pooled."""

        def encode(text: str) -> tuple[torch.Tensor, torch.Tensor]:
            ids = self.tokenizer(
                text, padding="max_length", max_length=77, truncation=True, return_tensors="pt"
            ).input_ids
            output = model(ids.to(self.device), output_hidden_states=True)
            return output.hidden_states[-2], output[0]

        return _Callable(encode, config=model.config, device=self.device, model=model)

    def _made(self, make: Callable[[], Any], dtype: torch.dtype) -> Any:
        """Random and small enough that half precision holds it; normalisation scales stay at one."""
        with torch.device(self.device):
            model = make().to(dtype)
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.data.normal_(0, parameter[0].numel() ** -0.5)
            elif name.endswith("bias"):
                parameter.data.zero_()
        return model.requires_grad_(False).eval()


class _Callable(SimpleNamespace):
    def __init__(self, function: Callable[[str], Any], **facts: Any) -> None:
        super().__init__(**facts)
        self._function = function

    def __call__(self, text: str) -> Any:
        return self._function(text)


def _vae(small: bool) -> dict[str, Any]:
    return {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": (8, 8, 8, 8) if small else (128, 256, 512, 512),
        "layers_per_block": 1 if small else 2,
        "norm_num_groups": 8 if small else 32,
        "latent_channels": 4,
        "scaling_factor": 0.13025,
        "force_upcast": True,
    }

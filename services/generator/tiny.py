"""A small random model set in the layouts people really have: two SDXL bases, InstantID, a further ControlNet, a LoRA.

Deterministic, offline, and scaled so that embedding, key points, prompt, strengths and seed each visibly change the
picture.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, ControlNetModel, EulerDiscreteScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from services.generator.resampler import Resampler
from services.generator.tiny_lock import write_lock
from services.generator.tiny_text import write_tokenizer

BASE = "tiny-sdxl"
SECOND_BASE = "tiny-photoreal"
INSTANTID = "tiny-instantid"
IDENTITY_NET = "tiny-identitynet"
ADAPTER = "tiny-ip-adapter"
CONTROLNET = "tiny-canny"
LORA = "tiny-lora"

# Powers by which single parts of a random network are amplified, so that what they carry can be seen in a picture.
_LOUD = {
    "unet": {"attn2.to_out": 3.0, "add_embedding.linear_2": 2.0, "conv_out": 1.0},
    "control": {
        "cond_embedding.conv_out": 3.0,
        "cond_embedding": 1.8,
        "controlnet_down_blocks": 0.5,
        "controlnet_mid_block": 0.5,
    },
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The widths of a set; proportions are SDXL's."""

    channels: tuple[int, int, int] = (32, 64, 64)
    depth: tuple[int, int, int] = (1, 1, 2)
    heads: tuple[int, int, int] = (1, 2, 2)
    groups: int = 8
    text: int = 32
    text_layers: int = 3
    pooled: int = 32
    vae: tuple[int, int, int, int] = (8, 16, 16, 16)
    condition: tuple[int, int, int, int] = (8, 8, 16, 32)
    resampler: int = 64
    identity_dim: int = 512

    @property
    def context(self) -> int:
        """Width of both text encoders side by side, which is that of identity tokens as well."""
        return 2 * self.text


def make_tiny(directory: Path, id_dim: int = 512, shape: Shape | None = None) -> None:
    """Writes the set into `directory`, some 40 MB, and its entries into the `models.lock` there. What is there of it is
    overwritten.

    `id_dim` is the width of the recogniser's embedding: 512 for ArcFace, 128 for dlib.
    """
    shape = replace(shape or Shape(), identity_dim=id_dim)
    vocabulary = 0
    for base in (BASE, SECOND_BASE):
        vocabulary = _write_tokenizers(directory / base)
        _write_base(directory / base, shape, vocabulary)
    _write_controlnet(directory / INSTANTID / "ControlNetModel", shape, seed="identitynet")
    _write_adapter(directory / INSTANTID / "ip-adapter.bin", directory / BASE / "unet", shape)
    _write_controlnet(directory / CONTROLNET, shape, seed="canny")
    _write_lora(directory / LORA / "pytorch_lora_weights.safetensors", directory / BASE / "unet")
    write_lock(
        directory,
        {
            BASE: (BASE, ""),
            SECOND_BASE: (SECOND_BASE, ""),
            IDENTITY_NET: (INSTANTID, "ControlNetModel/"),
            ADAPTER: (INSTANTID, "ip-adapter.bin"),
            CONTROLNET: (CONTROLNET, ""),
            LORA: (LORA, ""),
        },
    )


def _write_tokenizers(base: Path) -> int:
    write_tokenizer(base / "tokenizer", pad="<|endoftext|>")
    return write_tokenizer(base / "tokenizer_2", pad="!")


def _write_base(base: Path, shape: Shape, vocabulary: int) -> None:
    seed = base.name
    _save(UNet2DConditionModel, _unet_config(shape), base / "unet", f"{seed}.unet", _LOUD["unet"])
    _save(AutoencoderKL, _vae_config(shape), base / "vae", f"{seed}.vae", {})
    _save_text(CLIPTextModel, shape, vocabulary, base / "text_encoder", f"{seed}.text")
    _save_text(CLIPTextModelWithProjection, shape, vocabulary, base / "text_encoder_2", f"{seed}.text_2")
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading"
    )
    scheduler.save_config(base / "scheduler")
    (base / "model_index.json").write_text(json.dumps(_MODEL_INDEX, indent=2))


def _unet_config(shape: Shape) -> dict[str, object]:
    return _trunk_config(shape) | {
        "sample_size": 16,
        "out_channels": 4,
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    }


def _trunk_config(shape: Shape) -> dict[str, object]:
    """What UNet and ControlNet have in common."""
    return {
        "in_channels": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "block_out_channels": shape.channels,
        "layers_per_block": 2,
        "transformer_layers_per_block": shape.depth,
        "attention_head_dim": shape.heads,
        "cross_attention_dim": shape.context,
        "norm_num_groups": shape.groups,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + shape.pooled,
    }


def _vae_config(shape: Shape) -> dict[str, object]:
    return {
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "block_out_channels": shape.vae,
        "layers_per_block": 1,
        "norm_num_groups": min(shape.vae),
        "latent_channels": 4,
        "sample_size": 64,
        "scaling_factor": 0.13025,
        "force_upcast": True,
    }


def _write_controlnet(folder: Path, shape: Shape, seed: str) -> None:
    config = _trunk_config(shape) | {"conditioning_embedding_out_channels": shape.condition}
    _save(ControlNetModel, config, folder, seed, _LOUD["control"])


def _write_adapter(path: Path, unet: Path, shape: Shape) -> None:
    """InstantID's own file: a torch pickle of two groups, attention layers numbered by their place in the UNet."""
    with torch.device("meta"):
        net = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(unet))
        resampler = Resampler(shape.identity_dim, shape.resampler, shape.context, heads=shape.resampler // 64)
    cross = {place: name for place, name in enumerate(net.attn_processors) if "attn2" in name}
    keys = {}
    for place, name in cross.items():
        width = net.get_submodule(name.removesuffix(".processor") + ".to_k").out_features
        for kind in ("to_k_ip", "to_v_ip"):
            keys[f"{place}.{kind}.weight"] = torch.empty(width, shape.context, device="meta")
    path.parent.mkdir(parents=True, exist_ok=True)
    projection = _random(resampler.state_dict(), "resampler", {})
    torch.save({"image_proj": projection, "ip_adapter": _random(keys, "adapter", {"to_v_ip": 2.0})}, path)


def _write_lora(path: Path, unet: Path, rank: int = 4) -> None:
    with torch.device("meta"):
        net = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(unet))
    keys = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Linear) and name.endswith(("to_q", "to_k", "to_v", "to_out.0")):
            keys[f"unet.{name}.lora_A.weight"] = torch.empty(rank, module.in_features, device="meta")
            keys[f"unet.{name}.lora_B.weight"] = torch.empty(module.out_features, rank, device="meta")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(_random(keys, "lora", {"lora_B": 0.25}), path)


def _save(kind: Callable[..., Any], config: dict[str, object], folder: Path, seed: str, loud: dict[str, float]) -> None:
    with torch.device("meta"):
        model = kind(**config)
    model.save_config(folder)
    save_file(_random(model.state_dict(), seed, loud), folder / "diffusion_pytorch_model.safetensors")


def _save_text(kind: type[nn.Module], shape: Shape, vocabulary: int, folder: Path, seed: str) -> None:
    config = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=shape.text,
        intermediate_size=2 * shape.text,
        num_hidden_layers=shape.text_layers,
        num_attention_heads=4,
        projection_dim=shape.pooled,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=vocabulary - 1,
    )
    with torch.device("meta"):
        model = kind(config)
    folder.mkdir(parents=True, exist_ok=True)
    config.architectures = [kind.__name__]
    config.save_pretrained(folder)
    weights = _random(model.state_dict(), seed, {"embedding": 8.0})
    prefix = "" if next(iter(weights)).startswith("text_model.") else "text_model."  # as published checkpoints spell it
    save_file({prefix + key: tensor for key, tensor in weights.items()}, folder / "model.safetensors")


def _random(like: dict[str, Tensor], seed: str, loud: dict[str, float]) -> dict[str, Tensor]:
    """A tensor for each: ones around norms, small biases, and weights that keep the variance of what passes them."""
    generator = torch.Generator().manual_seed(zlib.crc32(seed.encode()))
    return {key: _tensor(key, blank.shape, loud, generator) for key, blank in like.items()}


def _tensor(key: str, size: torch.Size, loud: dict[str, float], generator: torch.Generator) -> Tensor:
    noise = torch.randn(size, generator=generator)
    gain = next((value for part, value in loud.items() if part in key), 1.0)
    if len(size) == 1:
        return noise * 0.1 + (1.0 if key.endswith("weight") else 0.0)
    fan_in = size[1:].numel()
    return noise * (gain / fan_in**0.5)


_MODEL_INDEX = {
    "_class_name": "StableDiffusionXLPipeline",
    "_diffusers_version": "0.42.1",
    "force_zeros_for_empty_prompt": True,
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}

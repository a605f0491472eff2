"""Where the identity's projections go, and what they add."""

import pytest
import torch
from diffusers import UNet2DConditionModel

from services.common.startup import StartupError
from services.generator.attention import CrossLayers, View, projections
from services.generator.call import Strength
from services.generator.loading import Models
from services.generator.networks import Inputs
from services.generator.tiny import BASE
from tests.services.generator.rendering import latents, request

SDXL = {
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (320, 640, 1280),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


def test_the_adapter_counts_down_then_up_then_middle() -> None:
    """Of SDXL's 140 processors, every second one from 1 to 139: ten layers 640 wide and sixty 1280, the middle last."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SDXL)
    names = list(unet.attn_processors)
    layers = CrossLayers(unet, "sdxl")
    widths = [layer.to_k.out_features for layer in layers]

    assert list(range(1, 140, 2)) == layers.numbers
    assert (10, 60) == (widths.count(640), widths.count(1280))
    assert all(names[number].startswith("down_blocks") for number in layers.numbers if number < 48)
    assert all(names[number].startswith("up_blocks") for number in layers.numbers if 48 <= number < 120)
    assert all(names[number].startswith("mid_block") for number in layers.numbers if number >= 120)


def test_scale_zero_is_plain_attention_to_text(models: Models) -> None:
    """Bit for bit: the identity adds nothing where its scale is 0, and is not looked at where all scales are."""
    denoiser = models.bases[BASE].denoiser
    width = models.unconditional.shape[-1]
    generator = torch.Generator().manual_seed(0)
    text, tokens = (torch.randn(2, count, width, generator=generator) for count in (77, 16))
    sample = torch.randn(2, 4, 8, 8, generator=generator)
    pooled, ids, times = torch.randn(2, 32, generator=generator), torch.zeros(2, 6), torch.tensor([500.0, 20.0])
    with torch.no_grad():
        view = denoiser.look(text, tokens, models.bases[BASE].adapter)
        given = Inputs(sample, times, View(view.text), pooled, ids)
        plain = denoiser(given, None)
        zeros = denoiser(given._replace(view=view.scaled(torch.zeros(2, 1, 1, 1))), None)
        one = denoiser(given._replace(view=view.scaled(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1))), None)
    assert torch.equal(plain, zeros)
    assert torch.allclose(plain[0], one[0], atol=1e-5)
    assert not torch.allclose(plain[1], one[1], atol=1e-2)


def test_no_adapter_is_no_identity_in_the_unet(models: Models) -> None:
    """With both strengths at 0, who is asked for does not matter."""
    off = {"adapter": Strength(0.0), "identity_net": Strength(0.0)}
    from tests.services.generator.rendering import embedding

    assert torch.equal(latents(models, request(**off)), latents(models, request(identity=embedding(2), **off)))


def test_an_adapter_for_another_model_is_refused(models: Models) -> None:
    """Fewer layers, or more, is a start-up error and not a guess."""
    with pytest.raises(StartupError, match="another architecture"):
        projections({"1.to_k_ip.weight": torch.zeros(1)}, [1, 3])

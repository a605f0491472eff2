"""LoRAs in the spellings people have, and what they add."""

from collections.abc import Mapping

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders.lora_conversion_utils import _maybe_map_sgm_blocks_to_diffusers
from safetensors.torch import load_file
from torch import Tensor, nn

from services.common.startup import StartupError
from services.generator.lora import Loras
from services.generator.lora_names import spellings
from services.generator.tiny import BASE, LORA
from tests.services.generator.test_attention import SDXL


def layer() -> tuple[nn.Linear, Loras]:
    linear = nn.Linear(6, 4)
    return linear, Loras({"unet": nn.ModuleDict({"to_q": linear})})


def low_rank(rank: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(rank, 6, generator=generator), torch.randn(4, rank, generator=generator)


def spelt(spelling: str) -> Mapping[str, Tensor]:
    down, up = low_rank()
    return {
        "peft": {"unet.to_q.lora_A.weight": down, "unet.to_q.lora_B.weight": up},
        "diffusers": {"unet.to_q.lora.down.weight": down, "unet.to_q.lora.up.weight": up},
        "kohya": {"lora_unet_to_q.lora_down.weight": down, "lora_unet_to_q.lora_up.weight": up},
    }[spelling]


@pytest.mark.parametrize("spelling", ["peft", "diffusers", "kohya"])
def test_it_adds_up_times_down_times_weight(spelling: str) -> None:
    """In each spelling, as if the product had been added to the weights; outside, as if it were not there."""
    linear, loras = layer()
    loras.attach("style", spelt(spelling), torch.device("cpu"), torch.float32)
    given = torch.ones(3, 6)
    plain = linear(given)
    with loras.acting((("style", 0.5),)):
        changed = linear(given)

    down, up = low_rank()
    assert torch.allclose(plain + 0.5 * given @ (up @ down).T, changed, atol=1e-6)
    assert torch.equal(plain, linear(given))


def test_alpha_is_divided_by_the_rank() -> None:
    """kohya's alpha 1 at rank 2 is half a weight."""
    linear, loras = layer()
    loras.attach("a", {**spelt("kohya"), "lora_unet_to_q.alpha": torch.tensor(1.0)}, torch.device("cpu"), torch.float32)
    given = torch.ones(1, 6)
    down, up = low_rank()
    with loras.acting((("a", 1.0),)):
        changed = linear(given)
    assert torch.allclose(linear(given) + 0.5 * given @ (up @ down).T, changed, atol=1e-6)


def test_several_add_up() -> None:
    """Each with its own weight, in any order."""
    linear, loras = layer()
    for name in ("a", "b"):
        loras.attach(name, spelt("peft"), torch.device("cpu"), torch.float32)
    given = torch.ones(1, 6)
    with loras.acting((("a", 0.2), ("b", 0.3))):
        both = linear(given)
    with loras.acting((("b", 0.5),)):
        one = linear(given)
    assert torch.allclose(one, both, atol=1e-6)


def test_convolutions_are_changed_too() -> None:
    """As LCM's LoRA needs: the squeezing convolution has the layer's stride, the other is 1 × 1."""
    conv = nn.Conv2d(3, 5, 3, stride=2, padding=1)
    loras = Loras({"unet": nn.ModuleDict({"conv": conv})})
    down, up = torch.randn(2, 3, 3, 3), torch.randn(5, 2, 1, 1)
    tensors = {"unet.conv.lora_A.weight": down, "unet.conv.lora_B.weight": up}
    loras.attach("a", tensors, torch.device("cpu"), torch.float32)
    given = torch.randn(1, 3, 8, 8)
    with loras.acting((("a", 1.0),)):
        changed = conv(given)
    merged = nn.functional.conv2d(given, torch.einsum("or,rikl->oikl", up[:, :, 0, 0], down), stride=2, padding=1)
    assert torch.allclose(conv(given) + merged, changed, atol=1e-5)


@pytest.mark.parametrize(
    "tensors",
    [
        {
            "unet.to_q.lora_A.weight": torch.zeros(2, 6),
            "unet.to_q.lora_B.weight": torch.zeros(4, 2),
            "dora": torch.ones(1),
        },
        {"unet.elsewhere.lora_A.weight": torch.zeros(2, 6), "unet.elsewhere.lora_B.weight": torch.zeros(4, 2)},
    ],
    ids=["more than a plain LoRA", "of another model"],
)
def test_what_is_not_understood_is_refused(tensors: Mapping[str, Tensor]) -> None:
    """A LoRA is applied whole or not at all."""
    _, loras = layer()
    with pytest.raises(StartupError):
        loras.attach("odd", tensors, torch.device("cpu"), torch.float32)


def test_the_original_numbering_is_that_of_diffusers_converter() -> None:
    """Every layer of SDXL's UNet in Stability's numbering leads to the same layer as through diffusers."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SDXL)
    checked = 0
    for path, module in unet.named_modules():
        if not isinstance(module, nn.Linear) or "transformer_blocks" not in path:
            continue
        *_, original = spellings("unet", path)
        key = f"{original}.lora_down.weight"
        (mapped,) = _maybe_map_sgm_blocks_to_diffusers({key: torch.zeros(1)}, unet.config)
        for theirs, ours in (("input_blocks", "down_blocks"), ("output_blocks", "up_blocks"), ("middle_", "mid_")):
            mapped = mapped.replace(theirs, ours)
        assert mapped == f"lora_unet_{path.replace('.', '_')}.lora_down.weight"
        checked += 1
    assert checked > 500


def test_the_set_of_small_models_has_one_that_fits(models_dir: object) -> None:
    """It changes attention layers and nothing else."""
    keys = load_file(f"{models_dir}/{LORA}/pytorch_lora_weights.safetensors")
    assert keys
    assert all(key.startswith("unet.") and ".attn" in key for key in keys)
    assert BASE

"""How LoRA files spell the layers of an SDXL model: diffusers with dots, kohya with underscores and two numberings."""

import re
from collections.abc import Iterator

_KOHYA_PREFIX = {"unet": "lora_unet", "text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}

# In the original SDXL code, a block on the way down or up is numbered through: three layers for each of ours.
_LAYERS_A_BLOCK = 3
_PLACE = {"resnets": 0, "attentions": 1}
_MIDDLE = {"resnets.0": "0", "attentions.0": "1", "resnets.1": "2"}
_RESNET = {
    "conv1": "in_layers_2",
    "conv2": "out_layers_3",
    "time_emb_proj": "emb_layers_1",
    "conv_shortcut": "skip_connection",
}
_OUTER = {
    "conv_in": "input_blocks_0_0",
    "conv_out": "out_2",
    "time_embedding.linear_1": "time_embed_0",
    "time_embedding.linear_2": "time_embed_2",
    "add_embedding.linear_1": "label_emb_0_0",
    "add_embedding.linear_2": "label_emb_0_2",
}


def spellings(prefix: str, path: str) -> Iterator[str]:
    """All names of the layer at `path` in the network that LoRA files call `prefix`."""
    if prefix == "unet":
        yield f"unet.{path}"
        yield f"lora_unet_{_underscored(path)}"
        if original := _original(path):
            yield f"lora_unet_{original}"
    else:
        full = path if path.startswith(("text_model.", "text_projection")) else f"text_model.{path}"
        yield f"{prefix}.{full}"
        yield f"{_KOHYA_PREFIX[prefix]}_{_underscored(full)}"


def _underscored(path: str) -> str:
    return path.replace(".", "_")


def _original(path: str) -> str | None:
    """The layer in Stability's own numbering, underscored. None where it has no counterpart."""
    if path in _OUTER:
        return _OUTER[path]
    if found := re.fullmatch(r"mid_block\.(resnets\.\d|attentions\.0)\.(.+)", path):
        return f"middle_block_{_MIDDLE[found[1]]}_{_inner(found[2])}"
    if found := re.fullmatch(r"(down|up)_blocks\.(\d)\.(resnets|attentions)\.(\d)\.(.+)", path):
        way, block, kind, layer, rest = found.groups()
        number = _LAYERS_A_BLOCK * int(block) + int(layer)
        stem = f"input_blocks_{number + 1}" if way == "down" else f"output_blocks_{number}"
        return f"{stem}_{_PLACE[kind]}_{_inner(rest)}"
    if found := re.fullmatch(r"down_blocks\.(\d)\.downsamplers\.0\.conv", path):
        return f"input_blocks_{_LAYERS_A_BLOCK * (int(found[1]) + 1)}_0_op"
    if found := re.fullmatch(r"up_blocks\.(\d)\.upsamplers\.0\.conv", path):
        return f"output_blocks_{_LAYERS_A_BLOCK * int(found[1]) + 2}_2_conv"
    return None


def _inner(path: str) -> str:
    return _underscored(_RESNET.get(path, path))

"""A CLIP tokenizer made on the spot: every byte is a token, so that nothing has to be fetched."""

import json
from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 77


def write_tokenizer(folder: Path, pad: str) -> int:
    """Writes the files that CLIP checkpoints bring along. Returns the size of the vocabulary."""
    letters = _visible_bytes()
    tokens = [
        *letters,
        *(letter + "</w>" for letter in letters),
        START,
        END,
    ]  # the end is the highest id, as CLIP has it
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(_config(pad), indent=2))
    (folder / "special_tokens_map.json").write_text(json.dumps(_specials(pad), indent=2))
    return len(tokens)


def _visible_bytes() -> list[str]:
    """The printable stand-ins that byte-level BPE gives to the 256 bytes (GPT-2's table, which CLIP shares)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(hidden))]


def _specials(pad: str) -> dict[str, str]:
    return {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": pad}


def _config(pad: str) -> dict[str, object]:
    return {"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, **_specials(pad)}

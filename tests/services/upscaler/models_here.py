"""A models directory with small networks in it, and a lock of its own."""

from pathlib import Path

from safetensors.torch import save_file

from services.common.models.digests import sha256_of
from services.upscaler.networks import Network
from tests.services.upscaler import small

_ENTRY = """
[[model]]
name = "{name}"
roles = ["upscaler"]
profiles = ["tiny"]
local = true
licence = "BSD-3-Clause"
commercial_use = "{use}"
note = "Random weights."
files = [{{ path = "{name}.safetensors", sha256 = "{sha256}" }}]
"""


def models_dir(folder: Path, *, use: str = "yes") -> Path:
    """`small`, `soft` and `softer`, of which the last two can be blended."""
    networks: dict[str, Network] = {"small": small.network(), "soft": small.compact(1), "softer": small.compact(2)}
    entries = ["version = 1\n"]
    for name, network in networks.items():
        path = folder / name / f"{name}.safetensors"
        path.parent.mkdir(parents=True)
        save_file(network.state_dict(), path)
        entries.append(_ENTRY.format(name=name, sha256=sha256_of(path), use=use))
    (folder / "models.lock").write_text("".join(entries))
    return folder

"""Only weights are read from files of weights."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from services.common.models.weights import load_weights
from services.common.startup import StartupError

GROUPED = {"image_proj": {"latents": torch.ones(2, 3)}, "ip_adapter": {"1.to_k_ip.weight": torch.zeros(4)}}


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, (f"touch {self.witness}",)


@pytest.mark.parametrize("legacy", [False, True])
def test_groups_are_joined_to_names(tmp_path: Path, legacy: bool) -> None:
    """Both formats of torch.save; the names are the ones diffusers reads from safetensors."""
    path = tmp_path / "ip-adapter.bin"
    torch.save(GROUPED, path, _use_new_zipfile_serialization=not legacy)

    weights = load_weights(path)

    assert ["image_proj.latents", "ip_adapter.1.to_k_ip.weight"] == list(weights)
    assert torch.equal(torch.ones(2, 3), weights["image_proj.latents"])


def test_safetensors_are_read(tmp_path: Path) -> None:
    """The preferred format."""
    save_file({"a": torch.arange(3)}, tmp_path / "w.safetensors")

    assert torch.equal(torch.arange(3), load_weights(tmp_path / "w.safetensors")["a"])


@pytest.mark.parametrize("form", ["torch", "torch legacy", "plain pickle"])
@pytest.mark.parametrize("suffix", [".bin", ".pth", ".pt", ".ckpt"])
def test_a_malicious_pickle_is_refused_and_does_not_run(tmp_path: Path, form: str, suffix: str) -> None:
    """What it wanted to call is named; the witness file never appears."""
    path, witness = tmp_path / f"weights{suffix}", tmp_path / "witness"
    content = {"weight": torch.ones(1), "evil": Evil(witness)}
    if form == "plain pickle":
        path.write_bytes(pickle.dumps({"evil": Evil(witness)}))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "torch")

    with pytest.raises(StartupError, match=rf"weights\{suffix} (holds more than weights: it would call|is no file)"):
        load_weights(path)

    assert not witness.exists()


def test_the_malicious_pickle_is_a_real_one(tmp_path: Path) -> None:
    """Read without restriction, it runs: the test above would notice."""
    witness = tmp_path / "witness"

    pickle.loads(pickle.dumps(Evil(witness)))

    assert witness.exists()


def test_a_pickle_does_not_pass_as_safetensors(tmp_path: Path) -> None:
    """The name decides the reader, and the reader finds it out."""
    path, witness = tmp_path / "weights.safetensors", tmp_path / "witness"
    path.write_bytes(pickle.dumps(Evil(witness)))

    with pytest.raises(StartupError, match=r"weights\.safetensors is no safetensors file"):
        load_weights(path)

    assert not witness.exists()


def test_a_whole_model_object_is_refused(tmp_path: Path) -> None:
    """It would bring code; the class is named."""
    torch.save(torch.nn.Linear(1, 1), tmp_path / "model.pt")

    with pytest.raises(StartupError, match=r"it would call torch\.nn\.modules\.linear\.Linear"):
        load_weights(tmp_path / "model.pt")


def test_a_training_checkpoint_is_refused(tmp_path: Path) -> None:
    """Numbers beside the weights mean that it is another kind of file."""
    torch.save({"params": {"a": torch.ones(1)}, "epoch": 3}, tmp_path / "last.pth")

    with pytest.raises(StartupError, match=r"last\.pth holds more than weights: epoch is a int"):
        load_weights(tmp_path / "last.pth")


@pytest.mark.parametrize("name", ["weights.pkl", "weights.npy", "weights.h5", "weights", "weights.gguf"])
def test_other_formats_are_refused_by_name(tmp_path: Path, name: str) -> None:
    """With the list of those that are read."""
    (tmp_path / name).write_bytes(b"")

    with pytest.raises(StartupError, match=rf"{name} is not loaded: of weights only \.bin, .* are"):
        load_weights(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 broken", b"\x80\x02}q\x00.trailing"])
def test_what_is_no_weights_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """However the reader fails."""
    path = tmp_path / "weights.pth"
    path.write_bytes(content)

    with pytest.raises(StartupError) as caught:
        load_weights(path)

    assert str(caught.value).startswith("weights.pth ")
    assert "\n" not in str(caught.value)


def test_a_list_of_tensors_is_refused(tmp_path: Path) -> None:
    """Weights have names."""
    torch.save([torch.ones(1)], tmp_path / "list.pt")

    with pytest.raises(StartupError, match="holds a list where named tensors are expected"):
        load_weights(tmp_path / "list.pt")


def test_a_zip_that_torch_did_not_write_is_refused(tmp_path: Path) -> None:
    """TorchScript is such a zip, with code in it."""
    with zipfile.ZipFile(tmp_path / "scripted.pt", "w") as archive:
        archive.writestr("scripted/constants.pkl", pickle.dumps(()))
        archive.writestr("scripted/data.pkl", pickle.dumps({}))
        archive.writestr("scripted/code/__torch__.py", "def forward(self, x): return x")
        archive.writestr("scripted/version", "3\n")

    with pytest.raises(StartupError, match=r"scripted\.pt is no file of weights"):
        load_weights(tmp_path / "scripted.pt")

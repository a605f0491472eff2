"""Models as they lie in a directory: what is read, what is refused, and that nothing is initialised for nothing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from services.common.models import LicencePolicy, ModelStore
from services.common.models.convert import convert
from services.common.models.weights import load_weights
from services.common.startup import StartupError
from services.generator import tiny
from services.generator.loading import Loader, Models, Names
from services.generator.tiny_lock import write_lock
from tests.services.generator.conftest import NAMES
from tests.services.generator.rendering import apart, latents, request

CPU = torch.device("cpu")
ONE_BASE = Names((tiny.BASE,), tiny.IDENTITY_NET, tiny.ADAPTER)


def load(directory: Path, names: Names = ONE_BASE, dtype: torch.dtype = torch.float32) -> Models:
    return Loader(ModelStore(directory, LicencePolicy.COMMERCIAL), CPU, dtype).load(names)


@pytest.fixture
def copy(models_dir: Path, tmp_path: Path) -> Path:
    shutil.copytree(models_dir, tmp_path / "models")
    return tmp_path / "models"


def relock(directory: Path) -> None:
    """As if the files had always been so."""
    write_lock(
        directory,
        {
            tiny.BASE: (tiny.BASE, ""),
            tiny.IDENTITY_NET: (tiny.INSTANTID, "ControlNetModel/"),
            tiny.ADAPTER: (tiny.INSTANTID, "ip-adapter"),
            tiny.LORA: (tiny.LORA, ""),
        },
    )


_FILLING = {"uniform_", "normal_", "kaiming_uniform_", "trunc_normal_"}


@contextmanager
def counting_initialisations() -> Iterator[list[torch.Size]]:
    """Every parameter that is filled with random numbers while inside, on a device that has memory."""
    filled: list[torch.Size] = []

    class Watching(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            tensor = args[0] if args else (kwargs or {}).get("tensor")
            if getattr(func, "__name__", "") in _FILLING and isinstance(tensor, torch.Tensor) and not tensor.is_meta:
                filled.append(tensor.shape)
            return result

    with Watching():
        yield filled


def test_no_parameter_is_initialised(models_dir: Path) -> None:
    """Weights go from the file into the network; the networks themselves are built without memory."""
    with counting_initialisations() as filled:
        load(models_dir, NAMES)
    assert [] == filled


def test_the_check_for_initialisations_would_notice(models_dir: Path) -> None:
    """A layer made the usual way is seen."""
    with counting_initialisations() as filled:
        torch.nn.Linear(3, 3)
    assert filled


def test_converted_and_pickled_adapters_are_the_same(copy: Path, models: Models) -> None:
    """ip-adapter.bin as published, or as safetensors."""
    folder = copy / tiny.INSTANTID
    convert(folder / "ip-adapter.bin")
    (folder / "ip-adapter.bin").unlink()
    relock(copy)
    converted = load(copy)
    assert torch.equal(models.unconditional, converted.unconditional)
    assert torch.equal(latents(models, request()), latents(converted, request()))


def test_half_precision_files_load_into_any_type(copy: Path, models: Models) -> None:
    """Published weights are fp16; on a CPU they are computed with in float32."""
    for path in copy.rglob("*.safetensors"):
        save_file({key: tensor.half() for key, tensor in load_file(path).items()}, path)
    relock(copy)
    halved = load(copy)
    assert torch.float32 == halved.bases[tiny.BASE].denoiser.unet.dtype
    assert 0 < apart(latents(halved, request()), latents(models, request())) < 0.05


def test_networks_run_in_half_precision(models_dir: Path, models: Models) -> None:
    """bf16 gives nearly the same picture; latents and guidance stay float32 between the steps."""
    half = load(models_dir, dtype=torch.bfloat16)
    rendered = latents(half, request())
    assert torch.float32 == rendered.dtype
    assert 0 < apart(rendered, latents(models, request())) < 0.1


@pytest.mark.parametrize("id_dim", [128, 512])
def test_any_recogniser_width_fits(id_dim: int, tmp_path: Path) -> None:
    """dlib's 128 and ArcFace's 512: the width is read off the weights."""
    tiny.make_tiny(tmp_path, id_dim=id_dim)
    assert id_dim == load(tmp_path).resampler.embedding_width


def test_a_changed_file_is_refused(copy: Path) -> None:
    """One bit is enough."""
    path = copy / tiny.BASE / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(StartupError, match="sha256"):
        load(copy)


def test_files_that_the_lock_does_not_know_are_not_read(copy: Path, models: Models) -> None:
    """Something left beside the weights changes nothing, though its keys are theirs."""
    expected = models.bases[tiny.BASE].denoiser.unet.conv_in.weight
    save_file({"conv_in.weight": torch.zeros_like(expected)}, copy / tiny.BASE / "unet" / "more.safetensors")

    assert torch.equal(expected, load(copy).bases[tiny.BASE].denoiser.unet.conv_in.weight)


def test_a_missing_weight_is_named(copy: Path) -> None:
    """An architecture that does not fit is a start-up error with the key."""
    path = copy / tiny.BASE / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    del weights["conv_in.bias"]
    save_file(weights, path)
    relock(copy)
    with pytest.raises(StartupError, match=r"conv_in\.bias"):
        load(copy)


def test_an_adapter_of_another_kind_is_refused(copy: Path) -> None:
    """A plain weight file where InstantID's two groups are expected."""
    torch.save({"weight": torch.zeros(1)}, copy / tiny.INSTANTID / "ip-adapter.bin")
    relock(copy)
    with pytest.raises(StartupError, match="image projection"):
        load(copy)


def test_pickles_that_run_something_are_refused(copy: Path) -> None:
    """Weights are numbers."""
    import pickle

    class Bad:
        def __reduce__(self) -> tuple[Any, ...]:
            return print, ("owned",)

    (copy / tiny.INSTANTID / "ip-adapter.bin").write_bytes(pickle.dumps(Bad()))
    relock(copy)
    with pytest.raises(StartupError):
        load(copy)


def test_a_vae_of_its_own_replaces_those_of_the_bases(copy: Path, models: Models) -> None:
    """As the one that is mended for half precision."""
    shutil.copytree(copy / tiny.SECOND_BASE / "vae", copy / "vae-fix")
    write_lock(copy, {"vae-fix": ("vae-fix", ""), **_ALL})
    mended = load(copy, replace(ONE_BASE, vae="vae-fix"))
    expected = models.bases[tiny.SECOND_BASE].vae.model.state_dict()
    found = mended.bases[tiny.BASE].vae.model.state_dict()
    assert all(torch.equal(expected[key], tensor) for key, tensor in found.items())


_ALL = {
    tiny.BASE: (tiny.BASE, ""),
    tiny.IDENTITY_NET: (tiny.INSTANTID, "ControlNetModel/"),
    tiny.ADAPTER: (tiny.INSTANTID, "ip-adapter"),
}


def test_early_names_of_vae_layers_are_understood(copy: Path, models: Models) -> None:
    """Files from before diffusers renamed its attention."""
    path = copy / tiny.BASE / "vae" / "diffusion_pytorch_model.safetensors"
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    renamed = {}
    for key, tensor in load_weights(path).items():
        for new, name in old.items():
            key = key.replace(new, name)
        renamed[key] = tensor.clone()
    save_file(renamed, path)
    relock(copy)
    expected = models.bases[tiny.BASE].vae.model.state_dict()
    found = load(copy).bases[tiny.BASE].vae.model.state_dict()

    assert any(".query." in key for key in renamed)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], tensor) for key, tensor in found.items())


def test_the_set_is_the_same_on_every_machine(models_dir: Path, tmp_path: Path) -> None:
    """Made twice, equal to the byte, except for the pickle's own dates."""
    tiny.make_tiny(tmp_path)
    for path in models_dir.rglob("*.safetensors"):
        assert path.read_bytes() == (tmp_path / path.relative_to(models_dir)).read_bytes()


OWN = """version = 1

[[grant]]
name = "antelopev2"
licence = "LicenseRef-x"
commercial_use = "yes"
note = "n"
"""


def test_an_operators_own_entries_stay_in_the_lock(tmp_path: Path) -> None:
    """Random models are added to what is there, and replaced when they are made again."""
    (tmp_path / "models.lock").write_text(OWN)
    tiny.make_tiny(tmp_path)
    tiny.make_tiny(tmp_path)
    text = (tmp_path / "models.lock").read_text()
    assert 1 == text.count('name = "antelopev2"') == text.count(f'name = "{tiny.BASE}"')
    assert ModelStore(tmp_path, LicencePolicy.COMMERCIAL).open(tiny.BASE)

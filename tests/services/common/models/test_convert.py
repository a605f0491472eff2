"""Pickled weights become safetensors with the same names and bits, and stay tied to the lock."""

from pathlib import Path

import pytest
import torch

from services.common.models.convert import content_digest, convert, convert_model
from services.common.models.digests import sha256_of
from services.common.models.weights import load_weights
from services.common.startup import StartupError
from tests.services.common.models.locks import file_entry, model_entry, store, write_lock

TIED = torch.arange(6.0).reshape(2, 3)
WEIGHTS = {
    "image_proj": {"latents": torch.randn(1, 4, 3), "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3)},
    "ip_adapter": {
        "1.to_k_ip.weight": TIED,
        "3.to_k_ip.weight": TIED,
        "5.half": torch.randn(3).half(),
        "7.brain": torch.randn(3).bfloat16(),
        "9.turned": TIED.t(),
        "11.nan": torch.tensor([float("nan"), -0.0]),
        "13.count": torch.tensor([1, 2]),
    },
}


@pytest.fixture
def adapter(models_dir: Path) -> Path:
    """A models directory with a pickled adapter that its lock knows."""
    path = models_dir / "portrait" / "ip-adapter.bin"
    path.parent.mkdir()
    torch.save(WEIGHTS, path)
    entry = file_entry("ip-adapter.bin", path.read_bytes(), converts_to="ip-adapter.safetensors")
    write_lock(models_dir, model_entry([entry]))
    return models_dir


def test_names_types_shapes_and_bits_survive(adapter: Path) -> None:
    """Also of tensors that share memory, lie transposed, are empty, or hold NaN and minus zero."""
    source = adapter / "portrait" / "ip-adapter.bin"

    conversion = convert(source)

    before, after = load_weights(source), load_weights(conversion.target)
    assert set(before) == set(after)
    assert conversion.content_sha256 == content_digest(before) == content_digest(after)
    assert all(before[name].dtype == after[name].dtype and before[name].shape == after[name].shape for name in before)
    assert (10, 41) == (conversion.tensors, conversion.parameters)


def test_the_same_weights_give_the_same_file(adapter: Path, tmp_path: Path) -> None:
    """So that two machines that convert agree on the digest."""
    source = adapter / "portrait" / "ip-adapter.bin"

    digests = {convert(source, tmp_path / f"{n}.safetensors").target_sha256 for n in range(3)}

    assert 1 == len(digests)


def test_the_content_digest_sees_every_difference() -> None:
    """Name, type, shape and bits."""
    base = torch.zeros(4)
    variants = [{"a": base}, {"b": base}, {"a": base.half()}, {"a": base.reshape(2, 2)}, {"a": -base}]

    assert len(variants) == len({content_digest(each) for each in variants})


def test_a_converted_model_opens_from_safetensors_under_its_locked_digest(adapter: Path) -> None:
    """The same weights keep the same name and digest; the pickle is not touched any more."""
    before = store(adapter).open("portrait")

    (conversion,) = convert_model(store(adapter), "portrait")

    after = store(adapter).open("portrait")
    assert adapter / "portrait" / "ip-adapter.safetensors" == after["ip-adapter.bin"]
    assert before.digest == after.digest == conversion.source_sha256


def test_the_pickle_can_be_deleted_after_the_conversion(adapter: Path) -> None:
    """The pin remembers what it was made from."""
    convert_model(store(adapter), "portrait")
    (adapter / "portrait" / "ip-adapter.bin").unlink()

    assert store(adapter).open("portrait").file.suffix == ".safetensors"
    assert [] == convert_model(store(adapter), "portrait")


def test_a_tampered_conversion_is_found(adapter: Path) -> None:
    """Its digest was pinned when it was made."""
    (conversion,) = convert_model(store(adapter), "portrait")
    raw = bytearray(conversion.target.read_bytes())
    raw[-1] ^= 1
    conversion.target.write_bytes(raw)

    with pytest.raises(StartupError, match=r"ip-adapter\.safetensors has sha256"):
        store(adapter).open("portrait")


def test_a_conversion_of_other_weights_is_not_taken(adapter: Path) -> None:
    """The lock moved on to a new version; what was made of the old one does not stand for it."""
    convert_model(store(adapter), "portrait")
    source = adapter / "portrait" / "ip-adapter.bin"
    torch.save({"newer": torch.ones(1)}, source)
    entry = file_entry("ip-adapter.bin", source.read_bytes(), converts_to="ip-adapter.safetensors")
    write_lock(adapter, model_entry([entry]))

    assert source == store(adapter).open("portrait").file


def test_a_safetensors_file_that_nobody_converted_is_not_taken(adapter: Path) -> None:
    """Somebody else's rebuild of the weights is somebody else's word."""
    (adapter / "portrait" / "ip-adapter.safetensors").write_bytes(b"whatever")

    assert "ip-adapter.bin" == store(adapter).open("portrait").file.name


def test_only_verified_weights_are_converted(adapter: Path) -> None:
    """Otherwise the conversion would launder them."""
    torch.save({"a": torch.ones(1)}, adapter / "portrait" / "ip-adapter.bin")

    with pytest.raises(StartupError, match=r"ip-adapter\.bin has .* where the lock says"):
        convert_model(store(adapter), "portrait")


def test_what_holds_more_than_weights_is_not_converted(tmp_path: Path) -> None:
    """And no half-written file stays."""
    torch.save({"a": torch.ones(1), "step": 1}, tmp_path / "w.pth")

    with pytest.raises(StartupError, match="holds more than weights"):
        convert(tmp_path / "w.pth")

    assert ["w.pth"] == [path.name for path in tmp_path.iterdir()]


def test_there_must_be_something_to_convert(adapter: Path) -> None:
    """One line for each way there is not."""
    made = convert(adapter / "portrait" / "ip-adapter.bin").target

    with pytest.raises(StartupError, match="is safetensors already"):
        convert(made)
    with pytest.raises(StartupError, match="antelopev2: the lock names nothing"):
        convert_model(store(adapter), "antelopev2")


def test_the_target_holds_what_its_digest_says(adapter: Path) -> None:
    """The reported digest is the file's."""
    conversion = convert(adapter / "portrait" / "ip-adapter.bin")

    assert sha256_of(conversion.target) == conversion.target_sha256

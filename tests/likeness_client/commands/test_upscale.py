"""`likeness upscale` as a person uses it: with real files, small networks, and a real service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from likeness_client.main import app
from services.upscaler.png import encoded
from tests.running import running_process
from tests.services.upscaler import small
from tests.services.upscaler.models_here import models_dir


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models_dir(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """As operators start it."""
    variables = {"device": "cpu", "precision": "float32", "networks": '["small"]', "models_dir": models}
    with running_process(tmp_path_factory.mktemp("log") / "log", "services.upscaler", **variables) as running:
        yield f"127.0.0.1:{running.grpc_port}"


@pytest.fixture(params=["local", "remote"])
def where(request: pytest.FixtureRequest, models: Path) -> tuple[str, ...]:
    """Both ways to compute."""
    if request.param == "local":
        return ("--local", "--dir", str(models), "--network", "small", "--threads", "1")
    return ("--server", request.getfixturevalue("server"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(small.picture(40, 30).pixels).save(tmp_path / "photo.jpg", quality=95)
    return tmp_path / "photo.jpg"


def upscale(*words: object) -> Result:
    return CliRunner().invoke(app, ["upscale", *map(str, words)])


def answer(*words: object) -> Any:
    """What a script reads."""
    done = upscale(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_photo_becomes_a_larger_file(photo: Path, where: tuple[str, ...], suffix: str) -> None:
    """Of the kind that the name says, and of the size that was asked for."""
    out = photo.with_name(f"large{suffix}")
    facts = answer(photo, "--long-side", 120, "--out", out, *where)

    assert size_of(out) == (facts["width"], facts["height"]) == (120, 90)
    assert (facts["network"], facts["device"], facts["passes"], facts["tiles"]) == ("small", "cpu", 1, 1)
    assert sorted(path.name for path in photo.parent.iterdir()) == sorted(["photo.jpg", out.name])


def test_what_one_pass_does_not_give_several_do(photo: Path, where: tuple[str, ...]) -> None:
    """Twenty times, to the pixel."""
    out = photo.with_name("huge.png")
    facts = answer(photo, "--factor", 20, "--out", out, *where)

    assert size_of(out) == (800, 600)
    assert facts["passes"] == 3


def test_an_exact_size_is_met(photo: Path, where: tuple[str, ...]) -> None:
    """Cut, not stretched."""
    out = photo.with_name("exact.png")
    answer(photo, "--size", "100x100", "--out", out, *where)

    assert size_of(out) == (100, 100)


def test_here_and_there_the_picture_is_the_same(photo: Path, models: Path, server: str) -> None:
    """The same network, the same engine."""
    here, there = photo.with_name("here.png"), photo.with_name("there.png")
    local = ("--local", "--dir", models, "--network", "small", "--threads", 1)
    assert upscale(photo, "--factor", 3, "--out", here, *local).exit_code == 0
    assert upscale(photo, "--factor", 3, "--out", there, "--server", server).exit_code == 0

    with Image.open(here) as one, Image.open(there) as other:
        # Which precision is taken here depends on the machine.
        assert np.abs(np.asarray(one).astype(int) - np.asarray(other)).max() <= 6


def test_grey_transparency_and_depth_are_kept(tmp_path: Path, where: tuple[str, ...]) -> None:
    """As PNG; other kinds of files cannot hold them, and say so."""
    photo, out = tmp_path / "deep.png", tmp_path / "large.png"
    photo.write_bytes(encoded(small.picture(20, 14, 4, np.uint16).pixels))

    assert upscale(photo, "--factor", 4, "--out", out, *where).exit_code == 0
    assert out.read_bytes()[24:26] == bytes((16, 6))
    refused = upscale(photo, "--factor", 4, "--out", tmp_path / "large.jpg", *where)
    assert refused.exit_code == 1
    assert "png" in refused.stderr.lower()


def test_the_summary_is_one_line(photo: Path, where: tuple[str, ...]) -> None:
    """What was made, by what, where."""
    out = photo.with_name("large.png")
    done = upscale(photo, "--factor", 2, "--out", out, *where)

    assert done.stdout.startswith(f"{out}: 80 × 60, small in ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("missing.jpg", "--out", "x.png"), "missing.jpg: no such file"),
        (("photo.jpg", "--out", "x.gif"), "the name has to end in .png"),
        (("photo.jpg", "--out", "nowhere/x.png"), "nowhere: no such folder"),
        (("photo.jpg", "--out", "photo.jpg"), "is the photo itself"),
        (("photo.jpg", "--out", "there.png"), "is there already; --force replaces it"),
        (("photo.jpg", "--out", "x.png", "--factor", "2", "--long-side", "90"), "give one of"),
        (("photo.jpg", "--out", "x.png", "--size", "large"), "write it as 3840x2160"),
        (("photo.jpg", "--out", "x.png", "--size", "0x5"), "write it as 3840x2160"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(
    photo: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], line: str
) -> None:
    """One line, exit status 1, no network loaded."""
    monkeypatch.chdir(photo.parent)
    Path("there.png").touch()
    done = upscale(*words, "--local")

    assert done.exit_code == 1
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_force_replaces_the_file(photo: Path, where: tuple[str, ...]) -> None:
    """Whole, and nothing is left beside it."""
    out = photo.with_name("large.png")
    out.write_bytes(b"old")
    assert upscale(photo, "--factor", 2, "--out", out, "--force", *where).exit_code == 0

    assert size_of(out) == (80, 60)
    assert len(list(photo.parent.iterdir())) == 2


def test_a_damaged_photo_is_said_to_be(photo: Path, where: tuple[str, ...]) -> None:
    """With its reason, and no file."""
    photo.write_bytes(photo.read_bytes()[:300])
    done = upscale(photo, "--out", photo.with_name("large.png"), *where)

    assert done.exit_code == 1
    assert "CORRUPT" in done.stderr
    assert list(photo.parent.iterdir()) == [photo]


def test_an_unknown_network_is_said_to_be(photo: Path, models: Path) -> None:
    """By name."""
    done = upscale(photo, "--out", photo.with_name("large.png"), "--local", "--dir", models, "--network", "x9")

    assert done.exit_code == 1
    assert "x9" in done.stderr


def test_degrees_of_noise_need_a_network_that_can(photo: Path, models: Path) -> None:
    """Refused by one, taken by another."""
    out, local = photo.with_name("large.png"), ("--local", "--dir", models, "--threads", 1, "--factor", 2)
    refused = upscale(photo, "--out", out, *local, "--network", "small", "--denoise", 0.5)
    taken = upscale(photo, "--out", out, *local, "--network", "soft+softer", "--denoise", 0.5)

    assert refused.exit_code == 1
    assert "--denoise" in refused.stderr
    assert taken.exit_code == 0


def test_a_service_that_is_not_there_is_named(photo: Path) -> None:
    """Soon, with what to do."""
    done = upscale(photo, "--out", photo.with_name("large.png"), "--server", "127.0.0.1:1")

    assert done.exit_code == 1
    assert "127.0.0.1:1" in done.stderr
    assert "--local" in done.stderr

"""`likeness inspect` and `likeness verify`, with dlib's real models here and in real services."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from likeness_client.main import app
from services.faces.face import Pixels
from tests.running import RunningProcess, running_process
from tests.services.faces import photos


def saved(folder: Path, **pictures: Pixels) -> dict[str, Path]:
    paths = {name: folder / f"{name}.jpg" for name in pictures}
    for name, picture in pictures.items():
        Image.fromarray(np.ascontiguousarray(picture)).save(paths[name], quality=95)
    return paths


@pytest.fixture
def selfies(tmp_path: Path) -> dict[str, Path]:
    return saved(
        tmp_path,
        good=photos.astronaut(),
        mirrored=photos.astronaut()[:, ::-1],
        blurred=photos.blurred(photos.portrait(), 8),
        cat=photos.cat(),
    )


def likeness(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def answer(*words: object, status: int) -> Any:
    done = likeness(*words, "--json")
    assert status == done.exit_code, done.output
    return json.loads(done.stdout)


def test_inspecting_bad_photos_says_what_to_do(selfies: dict[str, Path], tmp_path: Path) -> None:
    """A table, the reason with its remedy, a drawing of each, and an exit status that a script notices."""
    out = tmp_path / "drawn"
    done = likeness("inspect", "--local", selfies["good"], selfies["blurred"], selfies["cat"], "--out", out)

    assert done.exit_code == 1
    assert "blurred.jpg: ✗ The face is blurred" in done.output
    assert "hold still" in done.output
    assert "cat.jpg: ✗ No face was found" in done.output
    assert "drift" in done.output
    assert {"good.inspected.png", "blurred.inspected.png", "cat.inspected.png"} == {path.name for path in out.iterdir()}


def test_inspecting_a_good_photo_is_a_success(selfies: dict[str, Path], tmp_path: Path) -> None:
    """Numbers as JSON, no embedding among them, and nothing drawn unless asked for."""
    found = answer("inspect", "--local", selfies["good"], "--no-draw", "--out", tmp_path / "drawn", status=0)

    (photo,) = found["photos"]
    assert photo["report"]["verdict"] == "VERDICT_ACCEPT"
    assert photo["report"]["quality"]["face_px"] == pytest.approx(86, abs=6)
    assert "embedding" not in json.dumps(found)
    assert not (tmp_path / "drawn").exists()


def test_verifying_measures_each_candidate(selfies: dict[str, Path], tmp_path: Path) -> None:
    """The same person mirrored is locked; a stranger fails; a cat has no number."""
    stranger = saved(tmp_path, stranger=photos.six_people()[240:440, 20:200])["stranger"]
    done = likeness("verify", selfies["good"], selfies["cat"], stranger, selfies["mirrored"], "--local")

    lines = [line.split() for line in done.output.splitlines() if ".jpg" in line]
    assert done.exit_code == 1
    assert ["mirrored.jpg", "stranger.jpg", "cat.jpg"] == [line[0] for line in lines]
    assert lines[0][2] == "locked"
    assert lines[1][2] == "fail"
    assert lines[2][1:3] == ["no", "face"]


def test_a_copy_is_called_one(selfies: dict[str, Path]) -> None:
    """The first reference itself is nearer to it than the second one is."""
    found = answer("verify", selfies["good"], "--also", selfies["mirrored"], selfies["good"], "--local", status=0)

    assert found["candidates"][0]["copy"] is True
    assert found["reference"]["baselines"][0]["references"] == 2


def test_a_bad_reference_is_named(selfies: dict[str, Path]) -> None:
    """Which of several, and what is wrong with it."""
    done = likeness("verify", selfies["good"], "--also", selfies["cat"], selfies["mirrored"], "--local")

    assert done.exit_code == 1
    assert "likeness: cat.jpg: No face was found" in done.output


@pytest.mark.parametrize("command", ["inspect", "verify"])
def test_what_is_no_photo_is_told_before_anything_is_loaded(command: str, tmp_path: Path) -> None:
    """A text file, and one that is not there."""
    (tmp_path / "notes.txt").write_text("dear diary")
    for path, words in ((tmp_path / "notes.txt", "notes.txt is no JPEG"), (tmp_path / "gone.jpg", "No such file")):
        done = likeness(command, path, *([path] if command == "verify" else []))

        assert done.exit_code == 1
        assert words in done.output


def test_nine_photos_are_too_many(selfies: dict[str, Path]) -> None:
    """One person has patience for eight."""
    done = likeness("inspect", *[selfies["good"]] * 9)

    assert done.exit_code == 1
    assert "at most eight" in done.output


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcess]:
    with running_process(
        tmp_path_factory.mktemp("embedder") / "log", "services.embedder", face_engine="dlib"
    ) as process:
        yield process


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcess]:
    with running_process(
        tmp_path_factory.mktemp("verifier") / "log", "services.verifier", face_engine="dlib"
    ) as process:
        yield process


def test_a_service_says_what_this_machine_says(
    selfies: dict[str, Path], tmp_path: Path, embedder: RunningProcess
) -> None:
    """`python -m services.embedder` with one variable; the same numbers for the same photos, and they are counted."""
    words = ("inspect", selfies["good"], selfies["blurred"], "--out", tmp_path)
    there = answer(*words, "--server", f"127.0.0.1:{embedder.grpc_port}", status=1)
    here = answer(*words, "--local", status=1)

    assert [photo["report"] for photo in there["photos"]] == [photo["report"] for photo in here["photos"]]
    assert there["drifts"][0]["drift"]["value"] == pytest.approx(here["drifts"][0]["drift"]["value"], abs=1e-4)
    assert ("embedder", "dlib") == (there["made_by"]["service"], there["made_by"]["engine"])
    assert embedder.metric("likeness_photos_total", verdict="refuse") == 1


def test_a_verifier_measures_and_ranks(selfies: dict[str, Path], verifier: RunningProcess) -> None:
    """`python -m services.verifier` with one variable, called over the wire."""
    server = f"127.0.0.1:{verifier.grpc_port}"
    found = answer("verify", selfies["good"], selfies["cat"], selfies["mirrored"], "--server", server, status=1)

    assert found["ranking"] == [1, 0]
    assert found["candidates"][1]["drift"]["tier"] == "TIER_LOCKED"
    assert found["candidates"][0]["status"] == "STATUS_NO_FACE"


def test_a_bad_reference_is_named_by_a_service_too(selfies: dict[str, Path], verifier: RunningProcess) -> None:
    """The index comes back with the error."""
    server = f"127.0.0.1:{verifier.grpc_port}"
    done = likeness("verify", selfies["cat"], selfies["good"], "--server", server)

    assert done.exit_code == 1
    assert "cat.jpg: No face was found" in done.output


def test_services_end_when_they_are_told_to(embedder: RunningProcess, verifier: RunningProcess) -> None:
    """Exit 0, children gone with them, and nothing but words and numbers in their logs."""
    for running in (embedder, verifier):
        running.process.send_signal(signal.SIGTERM)

        assert running.process.wait(20) == 0
        assert "cat.jpg" not in running.log.read_text()

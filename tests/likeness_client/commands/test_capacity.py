"""`likeness capacity`, as somebody types it."""

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from likeness_client.main import app

QUICK = ["--packs-per-minute", "6", "--pictures", "4", "--slo", "30s", "--runs", "2", "--hours", "0.1"]


def capacity(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["capacity", *words])
    return done.exit_code, done.stdout, done.stderr


def test_it_answers_in_words_and_numbers(tmp_path: Path) -> None:
    """And leaves a page, if it is told where."""
    status, shown, _ = capacity(*QUICK, "--out", str(tmp_path / "deep" / "page.html"))

    assert 0 == status
    for words in ("Kept by", "Nothing of this was measured on a GPU", "cents a picture", "maxReplicaCount", "goal"):
        assert words in shown
    assert (tmp_path / "deep" / "page.html").read_text().startswith("<!doctype html>")


def test_it_answers_in_json() -> None:
    """One document; the same seed says the same, another one does not."""
    one, same, other = (json.loads(capacity(*QUICK, "--json", "--seed", seed)[1]) for seed in ("1", "1", "2"))

    assert one == same != other
    assert 30.0 == one["scenario"]["slo"]["seconds"]
    assert {"fixed", "autoscaled"} <= set(one["ways"])


def test_words_come_over_files_and_files_over_defaults(tmp_path: Path) -> None:
    """`--set` last; minutes and hours are spans as well."""
    file = tmp_path / "scenario.toml"
    file.write_text('[demand]\npictures = 7\npacks_per_minute = 3.0\n[slo]\nof = "first-picture"\n')
    _, shown, _ = capacity("--scenario", str(file), "--pictures", "8", "--slo", "2m", "--print-scenario")

    for line in ("pictures = 8", "packs_per_minute = 3.0", 'of = "first-picture"', "seconds = 120.0"):
        assert line in shown


def test_what_is_wrong_is_one_line() -> None:
    """A span that is none, a number that cannot be."""
    for words in (["--slo", "soon"], ["--set", "tries.accepted=3"]):
        status, _, said = capacity(*words)

        assert (1, 1) == (status, said.count("\n"))


def test_without_simpy_it_says_what_to_install() -> None:
    """A plain client does not bring it, and needs it for nothing else."""
    code = (
        "import sys; sys.modules['simpy'] = None\n"
        "from likeness_client.main import app\n"
        "sys.argv = ['likeness', 'capacity']; app()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert 1 == done.returncode
    assert "likeness: this needs simpy, which pip install 'likeness[capacity]' brings\n" == done.stderr

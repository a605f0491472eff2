"""`likeness doctor` as a command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness_client.main import app


def test_lines_for_people_say_how_things_stand(tmp_path: Path) -> None:
    """And the last one what it comes to; ports may be taken by others here."""
    done = CliRunner().invoke(app, ["doctor", "--quick", "--data", str(tmp_path / "data")])

    assert "ok      python: " in done.output
    assert "The profile embedded can run here" in done.output or "will not run like this" in done.output


def test_a_fault_ends_the_command_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON with everything that was found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    words = ["doctor", "--profile", "gpu", "--quick", "--data", str(tmp_path), "--models", str(tmp_path), "--json"]
    done = CliRunner().invoke(app, words)

    told = json.loads(done.stdout)

    assert (1, False) == (done.exit_code, told["ok"])
    assert {"subject": "gpu", "verdict": "fault"}.items() <= {
        key: finding[key]
        for finding in told["findings"]
        if finding["subject"] == "gpu"
        for key in ("subject", "verdict")
    }.items()

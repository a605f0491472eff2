"""docs/cli.md is what the commands say of themselves, and all of them answer."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness_client.main import COMMANDS, app
from likeness_client.reference import reference

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
PATHS = re.findall(r"^##+ likeness (.+)$", PAGE, re.MULTILINE)


def test_the_page_is_up_to_date() -> None:
    """It is written by a command, not by hand."""
    assert reference() == PAGE, "run: python -m likeness_client.reference > docs/cli.md"


def test_no_command_is_missing() -> None:
    """Each has a heading."""
    assert set(COMMANDS) <= set(PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_every_command_on_the_page_answers(path: str) -> None:
    """With its own help."""
    done = CliRunner().invoke(app, [*path.split(), "--help"], prog_name="likeness")

    assert 0 == done.exit_code, done.output
    assert f"Usage: likeness {path}" in " ".join(done.output.split())

"""docs/capacity.md shows what the command says."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from likeness_client.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_example_is_what_comes_out() -> None:
    """Word for word; spaces at the end of lines do not count."""
    (command,) = [block for block in blocks("sh") if block.count("\n") == 1]
    (shown,) = blocks("text")
    done = CliRunner().invoke(app, shlex.split(command)[1:])

    assert 0 == done.exit_code, done.output
    assert shown.strip() == "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip()


def test_every_option_and_number_on_the_page_exists() -> None:
    """Options in help, and numbers in the scenario."""
    runner = CliRunner()
    told = " ".join(runner.invoke(app, ["capacity", "--help"], env={"COLUMNS": "200"}).output.split())
    scenario = runner.invoke(app, ["capacity", "--print-scenario"]).output
    lines = [line.split("#")[0] for block in blocks("sh") for line in block.splitlines() if "likeness capacity" in line]
    settings = re.findall(r"--set ([a-z]+)\.([a-z_]+)=", PAGE)

    assert {option for line in lines for option in re.findall(r"--[a-z-]+", line)} - set(
        re.findall(r"--[a-z-]+", told)
    ) == set()
    assert len(settings) > 2
    for _, name in settings:
        assert re.search(rf"^(# )?{name} =", scenario, re.MULTILINE)

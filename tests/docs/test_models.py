"""docs/models.md tells the truth: its table is the lock, its commands run, its examples are read."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness_client.commands.models_shown import size_of
from likeness_client.main import app
from services.common.models import Model, read_lock
from tests.services.common.models.web import Web, serving

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


COMMANDS = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]

# What a command ends with in an empty directory, where no server has anything; all others succeed.
OUTCOMES = {
    "models fetch": "answers 404",
    "models verify --profile gpu": "it is not in",
    "models verify --pin": "it is not in",
    "models convert": "run `likeness models fetch instantid-ip-adapter`",
}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as served:
        yield served


def expected_row(model: Model) -> str:
    profiles = ", ".join(sorted(model.profiles)) + (" (optional)" if model.optional else "")
    cells = [f"`{model.name}`", size_of(model), model.licence, str(model.commercial_use), profiles]
    return f"| {' | '.join(cells)} | {', '.join(sorted(model.roles))} |"


def test_the_table_is_the_lock() -> None:
    """Every model with its size, licence and terms, in the order of the lock."""
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `[^|]+` \|.*\| (yes|no|unknown) \|", line)]

    assert [expected_row(model) for model in read_lock().models.values()] == rows


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands; only the internet is an empty server here."""
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("LIKENESS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("LIKENESS_MODELS_MIRROR", web.address)
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(command)

    done = CliRunner().invoke(app, words)

    outcome = next((text for start, text in OUTCOMES.items() if " ".join(words).startswith(start)), None)
    assert "likeness" == program
    assert (1 if outcome else 0) == done.exit_code, done.output
    assert outcome is None or outcome in done.output


@pytest.mark.parametrize("example", blocks("toml"))
def test_every_lock_shown_is_one(example: str, tmp_path: Path) -> None:
    """It is read as an operator's own."""
    (tmp_path / "models.lock").write_text(example)

    assert read_lock(tmp_path).models != read_lock().models


def test_sizes_of_the_profiles_are_right() -> None:
    """To the last digit shown; what the lock does not know (a second SDXL) is taken to be as large as the first."""
    models = read_lock().models.values()
    sdxl = read_lock()["sdxl-base-1.0"].size
    embedded = sum(model.size for model in models if "embedded" in model.profiles)
    gpu = [(model.size or sdxl, model.optional) for model in models if "gpu" in model.profiles]

    assert f"{embedded / 1e9:.2f} GB" in PAGE
    assert f"about {sum(size for size, optional in gpu if not optional) / 1e9:.0f} GB" in PAGE
    assert f"with all optional models {sum(size for size, _ in gpu) / 1e9:.0f} GB" in PAGE

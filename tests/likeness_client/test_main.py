"""The command as a whole: quick, honest about failure, and with completion."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
from likeness.common.v1 import reason_pb2 as reasons
from typer.testing import CliRunner

from likeness_client.failure import CommandFailed, line_of, needs_extra
from likeness_client.main import COMMANDS, app
from likeness_wire.errors import Exhausted
from services.common.startup import StartupError


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "likeness_client", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_help_names_every_command_and_imports_none() -> None:
    """So that it is there at once; heavy modules would take seconds."""
    heavy = {"grpc", "torch", "numpy", "services.common.models", *(each.module for each in COMMANDS.values())}
    code = (
        "import sys\nfrom likeness_client.main import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        f"print('loaded:', sorted({heavy} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "loaded: []" in done.stdout
    assert all(name in done.stdout and command.summary[:20] in done.stdout for name, command in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Its module imports without any extra's libraries being used, and says what it does."""
    done = CliRunner().invoke(app, [name, "--help"])

    assert 0 == done.exit_code
    assert "Usage: " in done.output


def test_the_version_is_the_packages() -> None:
    """One line."""
    assert f"likeness {version('likeness')}\n" == CliRunner().invoke(app, ["--version"]).output


def test_a_misspelt_command_is_corrected() -> None:
    """With the one that was probably meant."""
    done = CliRunner().invoke(app, ["model", "list"])

    assert 2 == done.exit_code
    assert "Did you mean 'models'?" in done.output


def test_an_expected_failure_is_one_line_on_standard_error(tmp_path: Path) -> None:
    """And exit status 1, so that scripts notice; standard output stays empty for them to parse."""
    (tmp_path / "models.lock").write_text("version = 9")

    done = run("models", "list", "--dir", str(tmp_path), "--json")

    assert (1, "") == (done.returncode, done.stdout)
    assert f"likeness: {tmp_path}/models.lock: version is 9, this build reads 1\n" == done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown_for_every_shell(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`likeness --install-completion` writes the same."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")

    done = CliRunner().invoke(app, ["--show-completion", shell], prog_name="likeness")

    assert 0 == done.exit_code
    assert "_LIKENESS_COMPLETE" in done.output


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("likeness mod", "models"), ("likeness models ve", "verify"), ("likeness models list --pro", "--profile")],
)
def test_words_are_completed_down_to_options(typed: str, completed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As bash asks for it; subcommands are imported for it."""
    words = typed.split()
    for name, value in {
        "_LIKENESS_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }.items():
        monkeypatch.setenv(name, value)

    done = CliRunner().invoke(app, [], prog_name="likeness")

    assert completed in done.output.split()


def test_failures_of_every_expected_kind_have_a_line() -> None:
    """From the wire, from start-up and from commands; others keep their traceback."""
    full = Exhausted(reasons.REASON_QUEUE_FULL, "All places are taken.", retry_after_s=2)

    assert "All places are taken. (QUEUE_FULL)" == line_of(full)
    assert "no disk" == line_of(StartupError("no disk"))
    assert "say which" == line_of(CommandFailed("say which"))
    assert line_of(ValueError("a defect")) is None


def test_an_extra_that_is_missing_is_named() -> None:
    """With the command that brings it."""
    told = r"this needs numpyy, which pip install 'likeness\[faces\]' brings"
    with pytest.raises(CommandFailed, match=told), needs_extra("faces"):
        import_module("numpyy")


def test_a_part_of_likeness_that_is_missing_is_not_blamed_on_pip() -> None:
    """No extra would bring it."""
    told = r"this build of Likeness has no gateway\.nothing"
    with pytest.raises(CommandFailed, match=told), needs_extra("gateway"):
        import_module("gateway.nothing")

"""The guards of the API: they pass now, and fail when the contract or the stubs drift."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROTOS = Path(__file__).parents[2] / "protos"
BUF = Path(sys.executable).with_name("buf")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROTOS, tmp_path / "protos"))


def _buf(folder: Path, *arguments: str) -> int:
    return subprocess.run([BUF, *arguments], cwd=folder, capture_output=True).returncode


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_a_removed_field_is_a_break(copy: Path) -> None:
    """buf compares with the descriptor that was accepted."""
    against = ("breaking", "--against", "api.txtpb")
    assert _buf(copy, *against) == 0

    _edit(copy / "likeness/echo/v1/echo.proto", "  string text = 1;", "  string text = 9;")
    assert _buf(copy, *against) != 0


def test_a_missing_comment_is_a_lint_error(copy: Path) -> None:
    """Nothing enters the API without saying what it means."""
    assert _buf(copy, "lint") == 0

    _edit(copy / "likeness/echo/v1/echo.proto", "  // What returned it.\n", "")
    assert _buf(copy, "lint") != 0


def test_a_changed_contract_makes_its_stubs_stale(copy: Path) -> None:
    """`make check` says which files to regenerate."""
    check = [sys.executable, str(copy / "generate.py"), "--check"]
    assert subprocess.run(check, capture_output=True).returncode == 0

    _edit(copy / "likeness/echo/v1/echo.proto", "  string text = 1;", "  string words = 1;")
    stale = subprocess.run(check, capture_output=True, text=True)
    assert stale.returncode != 0
    assert "echo_pb2.py" in stale.stderr

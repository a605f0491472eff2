"""The file that says what listens where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from likeness_client.failure import CommandFailed
from likeness_client.stack import addresses
from likeness_client.stack.addresses import Addresses


def of_pid(pid: int) -> Addresses:
    return Addresses("embedded", pid, Path("data"), {"gateway": "127.0.0.1:7400"}, {"gateway": "127.0.0.1:7490"}, {})


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """As it was."""
    addresses.write(tmp_path / "stack.json", of_pid(os.getpid()))

    found = addresses.read(tmp_path / "stack.json")

    assert of_pid(os.getpid()) == found
    assert "127.0.0.1:7400" == found.gateway


def test_without_a_stack_there_is_a_line_that_says_how_to_start_one(tmp_path: Path) -> None:
    """Also where the file is broken."""
    (tmp_path / "broken.json").write_text("{}")

    for name in ("absent.json", "broken.json"):
        with pytest.raises(CommandFailed, match="likeness up"):
            addresses.read(tmp_path / name)


def test_a_stack_that_was_killed_is_not_mistaken_for_a_running_one(tmp_path: Path) -> None:
    """Its file may lie there still."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    addresses.write(tmp_path / "stack.json", of_pid(gone.pid))

    with pytest.raises(CommandFailed, match="has ended"):
        addresses.read(tmp_path / "stack.json")

"""How much memory a tree of processes holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from likeness_client.stack.memory import held_bytes

_MEGABYTES = 64
_PARENT = """
import subprocess, sys
code = f"kept = bytearray(b'x' * {sys.argv[1]}); print('held', flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", code])
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel counts it on Linux")
def test_children_of_children_are_counted() -> None:
    """A decoder that a service has started belongs to it."""
    command = [sys.executable, "-c", _PARENT, str(_MEGABYTES << 20)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        held = held_bytes([parent.pid])
        parent.communicate(b"\n")

    assert held is not None
    assert _MEGABYTES << 20 <= held <= (_MEGABYTES + 64) << 20


def test_where_nobody_counts_nothing_is_claimed(tmp_path: Path) -> None:
    """A system without /proc."""
    assert held_bytes([1], tmp_path) is None

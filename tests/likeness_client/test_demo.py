"""What `make demo` shows is true."""

import subprocess
import sys

from tests.running import ROOT


def test_the_demo_shows_a_service_from_start_to_drain() -> None:
    """Health, timings, a checked stream, metrics, and no call lost at the end."""
    shown = subprocess.run(
        [sys.executable, "-m", "likeness_client.demo"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert shown.returncode == 0, shown.stderr
    for part in ("alive: SERVING", "ready: SERVING", "the same bytes", "likeness_ready 1.0", "50 answered"):
        assert part in shown.stdout

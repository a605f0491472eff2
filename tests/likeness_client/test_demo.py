"""What `make demo` shows is true."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from likeness_client.receipts import read_keys, read_receipts, verify
from services.common.images import Decoder
from tests.running import ROOT, wait_until


@pytest.mark.server
def test_the_demo_does_the_main_job_and_leaves_nobody_behind(tmp_path: Path) -> None:
    """Pictures, one of them large, both measured to be her; receipts that hold; no data folder; no process."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "likeness_client", "demo", "--out", str(out), "--long-side", "1024", "--json"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)

    assert 0 == shown.returncode, shown.stderr
    told = json.loads(shown.stdout)
    pictures, (large,) = told["pictures"]["pictures"], told["large"]["pictures"]
    assert ["corporate", "creative", "outdoor"] == sorted(each["style"] for each in pictures)
    assert {"locked", "strong"} >= {each["drift"]["tier"] for each in [*pictures, large]}
    with Decoder() as decoder:
        pixels = decoder.decode((out / "large" / large["file"]).read_bytes())
    assert 1024 == max(pixels.shape)
    verdicts = verify(
        [
            receipt
            for folder in (out, out / "large")
            for receipt in read_receipts((folder / "receipt.json").read_text())
        ],
        read_keys((out / "server.key").read_text()),
    )
    assert [True, True] == [verdict.holds for verdict in verdicts]
    assert not (out / "data").exists()
    assert (out / "contact-sheet.html").stat().st_size > 10_000
    assert not processes_with(str(out))


@pytest.mark.server
def test_a_demo_that_is_interrupted_leaves_nobody_behind_either(tmp_path: Path) -> None:
    """What was sent is erased, the stack is stopped, its folder is gone."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "likeness_client", "demo", "--out", str(out)]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
    wait_until(lambda: "sending 1 photo" in (tmp_path / "said").read_text() or process.poll() is not None, 120)
    process.send_signal(signal.SIGINT)

    assert 0 != process.wait(120)
    assert not (out / "data").exists(), (tmp_path / "said").read_text()
    assert not processes_with(str(out))


def processes_with(word: str) -> list[str]:
    """Command lines and environments of whoever runs for this folder still."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                lines = (entry / "cmdline").read_text() + (entry / "environ").read_text()
            except OSError:
                continue
            found += [entry.name] if word in lines else []
    return found

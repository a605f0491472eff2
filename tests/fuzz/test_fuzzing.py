"""Runs the coverage-guided targets for a while, from the awkward files as a start."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.common.images.awkward import CASES

_SECONDS = 120
_LARGEST_SEED = 20_000


@pytest.mark.soak
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_no_photo_crashes_the_readers(tmp_path: Path) -> None:
    """Two minutes of guided mutation find nothing but pictures and reasons."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, case in enumerate(CASES):
        if len(data := case.make()) <= _LARGEST_SEED:
            (corpus / str(number)).write_bytes(data)

    command = [sys.executable, "-m", "tests.fuzz.images", str(corpus), f"-max_total_time={_SECONDS}"]
    options = [f"-max_len={_LARGEST_SEED}", "-rss_limit_mb=2000", "-timeout=20", f"-artifact_prefix={tmp_path}/"]
    run = subprocess.run([*command, *options], capture_output=True, text=True, timeout=_SECONDS * 5)

    assert run.returncode == 0, run.stderr[-3000:]

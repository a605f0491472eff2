"""What a run was measured on. Numbers without it say nothing."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def described(*packages: str) -> str:
    """One line: day, processor, cores, how busy they were before the run, Python, and the packages that matter."""
    facts = [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        _processor(),
        f"{len(os.sched_getaffinity(0))} cores",
        f"load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in packages),
    ]
    return ", ".join(facts)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

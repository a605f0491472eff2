"""The series of all processes, together."""

import importlib
import inspect
import subprocess
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.registry import Collector

from services.common.metrics import ShellMetrics

ROOT = Path(__file__).parents[3]
PROCESSES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for folder in ("services", "gateway")
    for path in (ROOT / folder).rglob("metrics.py")
)

# Base units, or a unit that needs none.
_UNITS = ("_seconds", "_bytes", "_total", "_ratio", "_timestamp_seconds")
_COUNTED = (
    "ready",
    "live",
    "lost",
    "misconfigured",
    "depth",
    "flight",
    "items",
    "drift",
    "objects",
    "keys",
    "jobs",
    "up",
    "rows",
    "info",
)
_FORBIDDEN = {"tenant", "job", "upload", "user", "id", "prompt", "peer", "name", "path", "key", "seed", "owner"}


def _declared(module: str) -> ShellMetrics:
    kinds = [
        kind
        for _, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if issubclass(kind, ShellMetrics) and kind.__module__ == module
    ]
    (kind,) = kinds
    return kind()


@pytest.mark.parametrize("module", PROCESSES)
def test_names_units_and_labels_keep_the_rules(module: str) -> None:
    """likeness_ or grpc_server_, a base unit or a plain count, help for everyone, no label that names a person."""
    for collector in _collectors(_declared(module)):
        for family in collector.describe():  # type: ignore[attr-defined]
            name = family.name + ("_total" if family.type == "counter" else "")
            assert name.startswith(("likeness_", "grpc_server_")), name
            assert name.endswith(_UNITS) or any(word in name.split("_") for word in _COUNTED), name
            assert family.documentation.endswith("."), name
        labels = set(collector._labelnames)  # type: ignore[attr-defined]
        assert not labels & _FORBIDDEN, labels


@pytest.mark.server
@pytest.mark.parametrize("module", PROCESSES)
def test_prometheus_itself_finds_nothing_to_complain_about(module: str) -> None:
    """promtool lints the page as a scrape would see it."""
    page = generate_latest(_declared(module).registry)
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True)

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_two_processes_in_one_share_nothing() -> None:
    """Registries belong to their process object, so tests and the all-in-one profile can hold several."""
    one, two = ShellMetrics(), ShellMetrics()
    one.drain_timeouts.inc()

    assert two.registry.get_sample_value("likeness_drain_timeouts_total") == 0


def _collectors(metrics: ShellMetrics) -> list[Collector]:
    return list(metrics.registry._collector_to_names)

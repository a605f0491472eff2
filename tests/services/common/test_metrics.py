"""The series of all processes, together."""

import importlib
import inspect
import subprocess
import time
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.registry import Collector

from services.common.metrics import ShellMetrics
from tests.authority import Authority, write
from tests.running import running_shell

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


def test_certificates_tell_when_they_run_out(tmp_path: Path) -> None:
    """As the files are at the moment of asking; what cannot be read has run out."""
    authority = Authority()
    files = write(tmp_path / "tls", authority.issue(), authority)
    metrics = ShellMetrics()
    metrics.watch_certificates({"peers": files})

    def expiry() -> float | None:
        return metrics.registry.get_sample_value("likeness_certificate_expiry_timestamp_seconds", {"shown_to": "peers"})

    assert expiry() == pytest.approx(time.time() + 3600, abs=60)
    write(tmp_path / "tls", authority.issue(expired=True), authority)
    assert expiry() == pytest.approx(time.time() - 3600, abs=60)
    files.chain.write_bytes(b"nothing")
    assert expiry() == 0
    files.chain.unlink()
    assert expiry() == 0


async def test_a_shell_with_a_certificate_exports_it(tmp_path: Path) -> None:
    """What callers are shown, and what peers are; without one there is no such series."""
    authority = Authority()
    files = write(tmp_path / "tls", authority.issue(), authority)
    async with running_shell(tls_chain=files.chain, tls_key=files.key, ready=False) as running:
        page = generate_latest(running.metrics.registry).decode()
    assert 'expiry_timestamp_seconds{shown_to="callers"}' in page
    assert 'expiry_timestamp_seconds{shown_to="peers"}' in page

    async with running_shell(ready=False) as running:
        assert "certificate_expiry" not in generate_latest(running.metrics.registry).decode()


def _collectors(metrics: ShellMetrics) -> list[Collector]:
    return list(metrics.registry._collector_to_names)

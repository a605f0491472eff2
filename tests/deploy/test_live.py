"""A real Prometheus scrapes real registries while they are busy: every panel shows something, every rule is sound."""

import contextlib
import json
import socket
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from deploy.prometheus import wrap
from likeness_wire.certificates import CertificateFiles
from services.common.metrics import ShellMetrics
from tests.authority import Authority, write
from tests.deploy.series import PROCESSES, busy_registry
from tests.deploy.test_monitoring import DASHBOARDS
from tests.running import wait_until

pytestmark = pytest.mark.server

PANELS = [
    pytest.param(target["expr"], id=f"{name}: {panel['title']} {target['refId']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    authority = Authority()
    return write(tmp_path_factory.mktemp("tls"), authority.issue(), authority)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, files: CertificateFiles) -> Iterator[str]:
    """Of a Prometheus that has seen two scrapes of everybody, and evaluated every rule."""
    folder = tmp_path_factory.mktemp("prometheus")
    with contextlib.ExitStack() as stack:
        targets = {component: stack.enter_context(_busy(component, files)) for component in PROCESSES}
        address = stack.enter_context(_prometheus(folder, targets))
        wait_until(lambda: _twice(address), timeout_s=60)
        yield address


@pytest.mark.parametrize("expression", PANELS)
def test_every_panel_shows_something(address: str, expression: str) -> None:
    """Its query parses, and what it asks for is there under load."""
    found = _ask(address, "query", query=expression)["result"]

    assert found
    assert all(sample["value"][1] != "NaN" for sample in found)


def test_every_rule_can_be_evaluated(address: str) -> None:
    """None has ended in an error, such as two series where one was meant."""
    rules = [rule for group in _ask(address, "rules")["groups"] for rule in group["rules"]]

    assert len(rules) == sum(len(group["rules"]) for group in yaml.safe_load(wrap.RULES.read_text())["groups"])
    assert {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"} == {}


@contextlib.contextmanager
def _busy(component: str, files: CertificateFiles) -> Iterator[int]:
    """The port of a page on which everything grows."""
    metrics = busy_registry(component, files)
    ended = threading.Event()
    thread = threading.Thread(target=_grow, args=(metrics, ended))
    server, serving = start_http_server(0, "127.0.0.1", metrics.registry)
    thread.start()
    yield server.server_port
    ended.set()
    server.shutdown()
    server.server_close()
    for each in (thread, serving):
        each.join()


def _grow(metrics: ShellMetrics, ended: threading.Event) -> None:
    collectors = list(metrics.registry._collector_to_names)
    while not ended.wait(0.1):
        for collector in collectors:
            names = getattr(collector, "_labelnames", ())
            known = list(getattr(collector, "_metrics", {}).values()) if names else [collector]
            for child in known or [collector.labels(*("other" for _ in names))]:  # type: ignore[attr-defined]
                if isinstance(child, Counter):
                    child.inc()
                elif isinstance(child, Histogram):
                    child.observe(0.3)
                elif isinstance(child, Gauge):
                    child.set(1)


@contextlib.contextmanager
def _prometheus(folder: Path, targets: dict[str, int]) -> Iterator[str]:
    """Debian's, configured like the one for a single machine, in more of a hurry."""
    configured = yaml.safe_load((wrap.RULES.parent / "scrape.yaml").read_text())
    configured["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "1s"}
    configured["rule_files"] = [str(wrap.RULES)]
    (job,) = configured["scrape_configs"]
    for each in job["static_configs"]:
        each["targets"] = [f"127.0.0.1:{targets[each['labels']['component']]}"]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configured))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


def _twice(address: str) -> bool:
    """Whether rates can be told, and all rules have been looked at."""
    with contextlib.suppress(OSError):
        scraped = _ask(address, "query", query="min(count_over_time(likeness_ready[1h]))")["result"]
        rules = [rule for group in _ask(address, "rules")["groups"] for rule in group["rules"]]
        counted = _ask(address, "query", query="count(likeness_ready)")["result"]
        return bool(
            counted
            and int(counted[0]["value"][1]) == len(PROCESSES)
            and int(scraped[0]["value"][1]) >= 3
            and all(rule["health"] != "unknown" for rule in rules)
        )
    return False


def _ask(address: str, what: str, **about: str) -> Any:
    with urllib.request.urlopen(f"http://{address}/api/v1/{what}?{urllib.parse.urlencode(about)}") as answer:
        return json.load(answer)["data"]

"""A real Prometheus scrapes real registries while they are busy: every panel shows something, every rule is sound."""

import contextlib
import threading
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram, start_http_server

from deploy.prometheus import wrap
from likeness_wire.certificates import CertificateFiles
from services.common.metrics import ShellMetrics
from tests.authority import Authority, write
from tests.deploy.prometheus_server import ask, prometheus, twice
from tests.deploy.series import PROCESSES, busy_registry
from tests.deploy.test_monitoring import PANELS
from tests.running import wait_until

pytestmark = pytest.mark.server


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
        address = stack.enter_context(prometheus(folder, targets))
        wait_until(lambda: twice(address), timeout_s=60)
        yield address


@pytest.mark.parametrize("expression", PANELS.values(), ids=PANELS)
def test_every_panel_shows_something(address: str, expression: str) -> None:
    """Its query parses, and what it asks for is there under load."""
    found = ask(address, "query", query=expression)["result"]

    assert found
    assert all(sample["value"][1] != "NaN" for sample in found)


def test_every_rule_can_be_evaluated(address: str) -> None:
    """None has ended in an error, such as two series where one was meant."""
    rules = [rule for group in ask(address, "rules")["groups"] for rule in group["rules"]]

    assert len(rules) == sum(len(group["rules"]) for group in yaml.safe_load(wrap.RULES.read_text())["groups"])
    assert {rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"} == {}


@contextlib.contextmanager
def _busy(component: str, files: CertificateFiles) -> Iterator[str]:
    """The address of a page on which everything grows."""
    metrics = busy_registry(component, files)
    ended = threading.Event()
    thread = threading.Thread(target=_grow, args=(metrics, ended))
    server, serving = start_http_server(0, "127.0.0.1", metrics.registry)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
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

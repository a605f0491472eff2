"""Rules, dashboards and autoscaling ask for series that there are; every alert has a page to go to."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus import wrap
from tests.deploy.rendering import K8S, NAMES, ROOT, find, of_kind
from tests.deploy.series import PROCESSES, SCRAPED, exported, labels_of, matchers_in, names_in, values_of

DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "deploy" / "grafana").glob("*.json"))}
RULES = [rule for group in yaml.safe_load(wrap.RULES.read_text())["groups"] for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
# By dashboard, panel and query.
PANELS = {
    f"{name}: {panel['title']} {target['refId']}": target["expr"]
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
}
# Whose clock is asked, and not whose value.
_GROUPED = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")


def _asked() -> list[Any]:
    """Every expression that anything here asks Prometheus, with a name for it."""
    found = [(f"rule {rule.get('alert') or rule['record']}", rule["expr"]) for rule in RULES]
    for name, dashboard in DASHBOARDS.items():
        found += [(f"{name}: {panel['title']}", target["expr"]) for panel, target in _targets(dashboard)]
    for name in NAMES:
        for scaled in of_kind(name, "ScaledObject"):
            for number, trigger in enumerate(scaled["spec"]["triggers"]):
                found.append((f"{name} {scaled['metadata']['name']} {number}", trigger["metadata"]["query"]))
    adapter = yaml.safe_load((K8S / "components" / "autoscaling-hpa" / "adapter-rule.yaml").read_text())
    found += [
        ("adapter", rule[key].replace("<<.LabelMatchers>>", ""))
        for rule in adapter
        for key in ("seriesQuery", "metricsQuery")
    ]
    return [pytest.param(expression, id=name) for name, expression in found]


def _targets(dashboard: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(panel, target) for panel in dashboard["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", _asked())
def test_every_series_exists(expression: str) -> None:
    """In the registry of some process, under that very name; and some is asked for."""
    known = {name for component in PROCESSES for name in exported(component)}
    named = names_in(expression)

    assert named - known - RECORDED == set()
    assert named


@pytest.mark.parametrize("expression", _asked())
def test_every_label_exists(expression: str) -> None:
    """And where all its values exist from the start, the one that is asked for is among them."""
    named = names_in(expression) - RECORDED
    labels = set().union(*(labels_of(series) for series in named)) | SCRAPED | {"service"}
    grouped = {label.strip() for inside in _GROUPED.findall(expression) for label in inside.split(",")}
    assert grouped - labels == set()
    for series, label, operator, value in matchers_in(expression):
        if label == "component":
            assert value in PROCESSES
        elif label in SCRAPED - {"le"} or operator.startswith("!"):
            continue
        elif (values := values_of(series, label)) and label in labels_of(series):
            pattern = value if "~" in operator else re.escape(value)
            assert any(re.fullmatch(pattern, known) for known in values), (series, label, value)
        else:
            assert label in labels_of(series), (series, label)


@pytest.mark.server
def test_rules_do_what_their_tests_say() -> None:
    """promtool plays time series to them: when each comes, and when it does not."""
    folder = wrap.RULES.parent
    for command in (
        ["check", "rules", "rules.yaml"],
        ["check", "config", "scrape.yaml"],
        ["test", "rules", "rules.test.yaml"],
    ):
        ran = subprocess.run(["promtool", *command], cwd=folder, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_has_a_test_and_a_page() -> None:
    """The page by the anchor that the alert names."""
    tested = {
        (case["alertname"], bool(case["exp_alerts"]))
        for test in yaml.safe_load((wrap.RULES.parent / "rules.test.yaml").read_text())["tests"]
        for case in test["alert_rule_test"]
    }
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    for rule in ALERTS:
        name = rule["alert"]
        assert (name, True) in tested, name
        assert name in headings
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize(
    "alert",
    [
        "ObjectPastDeadline",
        "SweeperStalled",
        "StoreMisconfigured",
        "OrphanedJobs",
        "QueueSaturated",
        "NoReadyReplica",
        "DrainTimeouts",
        "DriftBurst",
        "CertExpiresSoon",
        "DeviceLost",
        "FirstPictureSlow",
        "PackSlow",
    ],
)
def test_what_has_to_be_noticed_is_noticed(alert: str) -> None:
    """These alerts were promised; the broken promise to a person is one that wakes somebody up."""
    (rule,) = [rule for rule in ALERTS if rule["alert"] == alert]

    assert alert != "ObjectPastDeadline" or rule["labels"]["severity"] == "critical"


def test_the_operators_rules_are_ours() -> None:
    """`make rules` writes them."""
    assert wrap.WRAPPED.read_text() == wrap.wrapped()
    assert find("production", "PrometheusRule", "likeness")["spec"] == yaml.safe_load(wrap.RULES.read_text())


def test_the_adapter_offers_what_autoscalers_ask_for() -> None:
    """By the name and the label of plain Kubernetes' autoscalers."""
    rules = yaml.safe_load((K8S / "components" / "autoscaling-hpa" / "adapter-rule.yaml").read_text())
    asked = [each["spec"]["metrics"][0]["external"]["metric"] for each in of_kind("hpa", "HorizontalPodAutoscaler")]

    assert {metric["name"] for metric in asked} == {rule["name"]["as"] for rule in rules}
    assert {label for metric in asked for label in metric["selector"]["matchLabels"]} == {"service"}


@pytest.mark.parametrize("name", NAMES)
def test_scraping_finds_every_process(name: str) -> None:
    """By a port that each of them has, under the label that rules and dashboards know."""
    for monitor in of_kind(name, "PodMonitor"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] == "metrics"
        assert endpoint["relabelings"] == [
            {"sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], "targetLabel": "component"}
        ]


def test_a_local_prometheus_finds_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the ports that `likeness up` gives them."""
    from likeness_client.stack.profiles import Place, Profile, parts_of

    (job,) = yaml.safe_load((wrap.RULES.parent / "scrape.yaml").read_text())["scrape_configs"]
    scraped = {each["labels"]["component"]: each["targets"] for each in job["static_configs"]}
    parts = parts_of(Profile.EMBEDDED, Place(Path("data"), Path("models"), 1))

    assert scraped == {part.name: [f"127.0.0.1:{part.metrics_port}"] for part in parts}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one(name: str) -> None:
    """Panels side by side within 24 columns, each with a title and an own id, none over another."""
    dashboard = DASHBOARDS[name]
    cells = [
        (x, y)
        for panel in dashboard["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert dashboard["uid"] == name
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["title"] and panel["targets"] for panel in dashboard["panels"])
    assert {target["datasource"]["uid"] for _, target in _targets(dashboard)} == {"${source}"}


def test_everything_that_we_export_is_shown_or_watched() -> None:
    """A series that nobody looks at is either noise or a panel that is missing."""
    shown = set().union(*(names_in(parameter.values[0]) for parameter in _asked()))
    families = {family.name: set(names) for component in PROCESSES for names, family in _families(component)}
    unseen = {name for name, series in families.items() if not series & shown}

    assert unseen == {
        "grpc_server_started",
        "likeness_queue_seconds",
        "likeness_batch_items",
        "likeness_calls_in_flight",
    } | {
        "likeness_items_in_flight",
        "likeness_tiles",
        "likeness_extra_pixels_ratio",
        "likeness_findings",
    }


def _families(component: str) -> list[tuple[list[str], Any]]:
    by_family: dict[str, tuple[list[str], Any]] = {}
    for name, family in exported(component).items():
        by_family.setdefault(family.name, ([], family))[0].append(name)
    return list(by_family.values())

"""As many replicas as there is work: who decides, by what, and how fast."""

from typing import Any

import pytest

from tests.deploy.processes import clear, service
from tests.deploy.rendering import NAMES, find, of_kind

OURS = ("gateway", "embedder", "generator", "upscaler", "verifier")
_PICTURE_PX = 896 * 1152


@pytest.mark.parametrize("name", NAMES)
def test_replicas_have_one_master(name: str) -> None:
    """What scales by itself has no number of its own, which every `kubectl apply` would put back."""
    targets = [
        each["spec"]["scaleTargetRef"]["name"] for each in of_kind(name, "ScaledObject", "HorizontalPodAutoscaler")
    ]
    fixed = [each["metadata"]["name"] for each in of_kind(name, "Deployment") if "replicas" in each["spec"]]

    assert len(targets) == len(set(targets))
    assert sorted([*targets, *fixed]) == sorted(OURS)


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_prometheus_is_not_an_idle_service(name: str) -> None:
    """KEDA keeps what runs; and it lets go slowly, because weights are loaded slowly."""
    for scaled in of_kind(name, "ScaledObject"):
        spec = scaled["spec"]
        down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        assert {trigger["metadata"]["ignoreNullValues"] for trigger in spec["triggers"]} == {"false"}
        assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"
        assert down["stabilizationWindowSeconds"] >= 600
        assert spec["minReplicaCount"] == (0 if name == "scale-to-zero" else 1)


@pytest.mark.parametrize("name", [name for name in NAMES if of_kind(name, "ScaledObject", "HorizontalPodAutoscaler")])
@pytest.mark.parametrize("called", ["generator", "upscaler"])
def test_gateways_send_enough_and_not_too_much(name: str, called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all gateways may send at once fits into the queue of one replica; production feeds all that may be."""
    places = getattr(service(name, "gateway").settings(monkeypatch), f"{called}_places")
    clear(monkeypatch)
    settings = service(name, called).settings(monkeypatch)
    sent = places * find(name, "Deployment", "gateway")["spec"]["replicas"]
    # The upscaler's places are tiles: one for every 256 × 256 pixels of a picture.
    waiting = settings.queue_places if called == "generator" else settings.queue_places // (_PICTURE_PX // 256**2)

    assert sent <= waiting
    if name == "production":
        scaled = find(name, "ScaledObject", called)["spec"]
        assert sent >= scaled["maxReplicaCount"] * _together(settings)


def test_packs_can_start_every_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that no gateway has in hand yet are not counted: those in hand ask for all replicas that may be."""
    hands = service("production", "gateway").settings(monkeypatch).pictures_at_once
    gateways = find("production", "Deployment", "gateway")["spec"]["replicas"]
    scaled = find("production", "ScaledObject", "generator")["spec"]

    assert hands * gateways >= scaled["maxReplicaCount"] * int(scaled["triggers"][0]["metadata"]["threshold"])


@pytest.mark.parametrize("name", [name for name in NAMES if of_kind(name, "ScaledObject", "HorizontalPodAutoscaler")])
@pytest.mark.parametrize("called", ["generator", "upscaler"])
def test_scaling_aims_at_full_replicas(name: str, called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many pictures for each as it works on together."""
    settings = service(name, called).settings(monkeypatch)
    aims = [
        int(scaled["spec"]["triggers"][0]["metadata"]["threshold"])
        for scaled in of_kind(name, "ScaledObject")
        if scaled["metadata"]["name"] == called
    ]
    aims += [
        int(scaled["spec"]["metrics"][0]["external"]["target"]["averageValue"])
        for scaled in of_kind(name, "HorizontalPodAutoscaler")
        if scaled["metadata"]["name"] == called
    ]

    assert aims == [_together(settings)]


def _together(settings: Any) -> int:
    """With guidance a picture takes two rows."""
    return int(settings.rows // 2 if hasattr(settings, "rows") else settings.calls)


@pytest.mark.parametrize("name", NAMES)
def test_it_grows_at_once_and_shrinks_one_by_one(name: str) -> None:
    """By KEDA or without it: twice as many in half a minute, one fewer in two."""
    behaviors = [
        each["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"] for each in of_kind(name, "ScaledObject")
    ]
    behaviors += [each["spec"]["behavior"] for each in of_kind(name, "HorizontalPodAutoscaler")]
    for behavior in behaviors:
        assert behavior["scaleUp"] == {
            "stabilizationWindowSeconds": 0,
            "policies": [
                {"type": "Percent", "value": 100, "periodSeconds": 30},
                {"type": "Pods", "value": 2, "periodSeconds": 30},
            ],
            "selectPolicy": "Max",
        }
        assert behavior["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 120}]


@pytest.mark.parametrize("name", NAMES)
def test_keda_asks_often_and_knows_what_to_do_without_an_answer(name: str) -> None:
    """Every trigger asks the Prometheus of the same place for a number that is shared out among replicas."""
    for scaled in of_kind(name, "ScaledObject"):
        spec = scaled["spec"]
        asked = [(trigger["type"], trigger["metricType"]) for trigger in spec["triggers"]]

        assert set(asked) == {("prometheus", "AverageValue")}
        assert {trigger["metadata"]["serverAddress"] for trigger in spec["triggers"]} == {
            "http://prometheus-operated.monitoring:9090"
        }
        assert {trigger["metadata"]["activationThreshold"] for trigger in spec["triggers"]} == {"0"}
        assert spec["pollingInterval"] == 15
        assert spec["cooldownPeriod"] >= 600
        assert 1 <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
        assert spec["fallback"]["failureThreshold"] * spec["pollingInterval"] >= 60


def test_both_ways_of_scaling_aim_at_the_same() -> None:
    """Whoever goes from one to the other finds as many replicas."""
    by_keda = {each["metadata"]["name"]: each["spec"] for each in of_kind("production", "ScaledObject")}
    for each in of_kind("hpa", "HorizontalPodAutoscaler"):
        spec, other = each["spec"], by_keda[each["metadata"]["name"]]
        (metric,) = spec["metrics"]

        assert (spec["minReplicas"], spec["maxReplicas"]) == (other["minReplicaCount"], other["maxReplicaCount"])
        assert metric["external"]["target"]["type"] == "AverageValue"
        assert metric["external"]["metric"]["selector"] == {"matchLabels": {"service": each["metadata"]["name"]}}
        assert spec["scaleTargetRef"] == {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": each["metadata"]["name"],
        }

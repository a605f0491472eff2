"""What things are called: by these names they find one another."""

import pytest

from tests.deploy.rendering import NAMES, Manifest, Pod, find, of_kind, pods, rendered

# Of the whole cluster, in no namespace.
CLUSTER_WIDE = {"Namespace", "PriorityClass"}
SELECTED = ("Deployment", "StatefulSet", "PodDisruptionBudget")
PODS = [pytest.param(name, pod, id=f"{name}-{pod.name}") for name in NAMES for pod in pods(name)]


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_in_one_namespace(name: str) -> None:
    """Which refuses pods that could do more than ours."""
    (namespace,) = of_kind(name, "Namespace")
    labels = namespace["metadata"]["labels"]
    of_kinds = {
        (manifest["kind"] in CLUSTER_WIDE, manifest["metadata"].get("namespace")) for manifest in rendered(name)
    }

    assert namespace["metadata"]["name"] == "likeness"
    assert of_kinds == {(True, None), (False, "likeness")}
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


@pytest.mark.parametrize("name", NAMES)
def test_everything_of_a_process_carries_its_name(name: str) -> None:
    """So that `kubectl get all -l app.kubernetes.io/name=gateway` shows all of it."""
    owners = {pod.name for pod in pods(name)}
    for manifest in rendered(name):
        about = manifest["metadata"]
        if manifest["kind"] in ("Deployment", "StatefulSet", "Service", "ServiceAccount", "PodDisruptionBudget"):
            assert about["labels"]["app.kubernetes.io/name"] == about["name"].removesuffix("-public")
            assert about["labels"]["app.kubernetes.io/name"] in owners


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_a_pod_is_found_by_its_name_and_by_whose_it_is(name: str, pod: Pod) -> None:
    """Prometheus looks for whose it is, everybody else for the name."""
    assert pod.labels == {"app.kubernetes.io/name": pod.name, "app.kubernetes.io/part-of": "likeness"}
    assert pod.spec["serviceAccountName"] == pod.name
    for monitor in of_kind(name, "PodMonitor"):
        assert monitor["spec"]["selector"] == {"matchLabels": {"app.kubernetes.io/part-of": "likeness"}}
        assert monitor["metadata"]["namespace"] == "likeness"


@pytest.mark.parametrize("name", NAMES)
def test_what_selects_pods_selects_one_kind_of_them(name: str) -> None:
    """An empty selector would be everybody's."""
    for manifest in of_kind(name, *SELECTED):
        assert manifest["spec"]["selector"] == {"matchLabels": _called(manifest["metadata"]["name"])}
    for service in of_kind(name, "Service"):
        assert service["spec"]["selector"] == _called(service["metadata"]["name"].removesuffix("-public"))
    for pod in pods(name):
        for spread in pod.spec.get("topologySpreadConstraints", []):
            assert (spread["labelSelector"], spread["maxSkew"]) == ({"matchLabels": _called(pod.name)}, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_service_says_what_is_spoken(name: str) -> None:
    """Each port is called as the container calls it; who speaks gRPC says so, for proxies in between."""
    there = {pod.name: pod.main for pod in pods(name)}
    for service in of_kind(name, "Service"):
        if service["metadata"]["name"] == "gateway-public":
            continue
        opened = {port["name"] for port in there[service["metadata"]["name"]].get("ports", [])}
        for port in service["spec"]["ports"]:
            assert port["name"] == port["targetPort"]
            assert port["name"] in opened
            assert port.get("appProtocol") == ("grpc" if port["name"] == "grpc" else None)


def test_products_find_the_gateway_from_outside() -> None:
    """gRPC at its own port and HTTP where browsers look; callers' addresses stay what they are."""
    spec = find("production", "Service", "gateway-public")["spec"]
    offered = {(port["name"], port["port"], port["targetPort"], port["appProtocol"]) for port in spec["ports"]}

    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert offered == {("grpc", 7400, "grpc", "grpc"), ("https", 443, "http", "https")}


@pytest.mark.parametrize("name", NAMES)
def test_no_class_of_ours_becomes_everybodys(name: str) -> None:
    """A priority that is a cluster's default would rank what is not ours."""
    classes = of_kind(name, "PriorityClass")

    assert [each["globalDefault"] for each in classes] == [False] * 4
    assert all(each["metadata"]["name"].startswith("likeness-") and each["description"] for each in classes)
    # Those of the cluster's own pods begin at two billion.
    assert all(0 < each["value"] < 1_000_000 for each in classes)


def _called(name: str) -> Manifest:
    return {"app.kubernetes.io/name": name}

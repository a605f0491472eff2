"""Who may read which secret, and who may ask anything of the cluster: next to nobody."""

import re

import pytest

from gateway.rotation.settings import RotationSettings
from tests.deploy.processes import processes, service
from tests.deploy.rendering import NAMES, ROOT, Manifest, Pod, find, of_kind, pods, rendered
from tests.deploy.test_policies import numbers, rules

# Secrets, and who reads more of them than an authority's certificate.
READERS = {
    "likeness-master": {"gateway", "audit"},
    "likeness-storage": {"gateway", "audit"},
    "likeness-keys": {"gateway"},
    "likeness-provenance": {"gateway"},
    "gateway-public-tls": {"gateway"},
    "jobs-database": {"jobs-database"},
    "keys-database": {"keys-database"},
    "object-store": {"object-store"},
}
ROTATING = [name for name in NAMES if of_kind(name, "Role")]
LISTENING = ("embedder", "generator", "upscaler", "verifier")


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_read_by_those_who_need_it(name: str) -> None:
    """Whole, or only the certificate of an authority; a service that sees faces has its own certificate and no more."""
    for pod in pods(name):
        for secret, whole in _read(pod):
            own = {f"{pod.name}-tls"}
            assert not whole or pod.name in READERS.get(secret, set()) or secret in own, (pod.name, secret)
        if pod.name in LISTENING:
            assert {secret for secret, _ in _read(pod)} <= {f"{pod.name}-tls"}


@pytest.mark.parametrize("name", NAMES)
def test_a_password_is_in_nobodys_arguments(name: str) -> None:
    """Arguments are read by every process of a node."""
    for pod in pods(name):
        for container in pod.containers:
            said = " ".join([*container.get("command", []), *container.get("args", [])]).lower()
            assert not any(word in said for word in ("password", "secret", "token"))


def test_only_production_rotates_by_itself() -> None:
    """Elsewhere nobody has any right in the cluster."""
    assert ROTATING == ["production"]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_may_ask_anything_of_the_cluster(name: str) -> None:
    """No token but one, no role but one, nothing cluster-wide, and nobody who runs as the namespace's default."""
    kinds = {manifest["kind"] for manifest in rendered(name)}
    tokens = {pod.name for pod in pods(name) if any("projected" in volume for volume in pod.spec.get("volumes", []))}

    assert not kinds & {"ClusterRole", "ClusterRoleBinding"}
    assert tokens == ({"key-rotation"} if name in ROTATING else set())
    assert ("Role" in kinds) is ("RoleBinding" in kinds) is (name in ROTATING)


@pytest.mark.parametrize("name", ROTATING)
def test_who_rotates_may_change_one_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that the gateway reads its master keys from; read it and patch it, no more."""
    (process,) = [process for process in processes(name) if process.pod.name == "key-rotation"]
    settings = process.settings(monkeypatch)
    gateway = service(name, "gateway").pod.spec
    (mounted,) = [volume["secret"]["secretName"] for volume in gateway["volumes"] if volume["name"] == "master"]
    (binding,) = of_kind(name, "RoleBinding")

    assert find(name, "Role", "key-rotation")["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [mounted], "verbs": ["get", "patch"]}
    ]
    assert settings.master_secret == mounted
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "key-rotation",
    }
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "key-rotation", "namespace": "likeness"}]


@pytest.mark.parametrize("name", ROTATING)
def test_the_token_is_short_lived_and_lies_where_it_is_looked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the authority of the API server, and the namespace; and is gone with the run."""
    (process,) = [process for process in processes(name) if process.pod.name == "key-rotation"]
    settings: RotationSettings = process.settings(monkeypatch)
    (volume,) = [volume for volume in process.pod.spec["volumes"] if volume["name"] == "account"]
    (mount,) = [mount for mount in process.container["volumeMounts"] if mount["name"] == "account"]
    job = process.pod.owner["spec"]["jobTemplate"]["spec"]
    token, authority, namespace = volume["projected"]["sources"]

    assert mount == {"name": "account", "mountPath": str(settings.account_dir), "readOnly": True}
    # The least that the API gives, and longer than a run may take.
    assert token == {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}}
    assert job["activeDeadlineSeconds"] < 600
    assert authority["configMap"] == {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert namespace["downwardAPI"]["items"] == [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]


def test_docs_security_says_who_reads_what() -> None:
    """Pod by pod, as production has it."""
    page = (ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| .* \| (.*) \| (.*) \|$", page, re.MULTILINE)
    told = {pod: set(re.findall(r"`([\w-]+)`", secrets)) for pod, secrets, _ in rows}
    rights = {pod for pod, _, asked in rows if asked != "nothing"}

    assert told == {pod.name: {secret for secret, _ in _read(pod)} for pod in pods("production")}
    assert rights == {"key-rotation"}


@pytest.mark.parametrize("name", [name for name in NAMES if of_kind(name, "NetworkPolicy")])
def test_docs_security_says_who_calls_whom(name: str) -> None:
    """Who is said to call nobody has no way out, and who is called by nobody no way in."""
    page = (ROOT / "docs" / "security.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \| (.*) \| .* \| .* \|$", page, re.MULTILINE)
    for told, callers, callees in rows:
        for pod in (pod for pod in pods(name) if pod.name == told):
            assert (callers == "nobody") is (list(rules(name, pod, "ingress")) == []), told
            assert (callees == "nobody") is (list(rules(name, pod, "egress")) == []), told
            names = any(53 in numbers(rule, pod) for rule in rules(name, pod, "egress"))
            assert ("DNS" in callees) is names, told


def _read(pod: Pod) -> list[tuple[str, bool]]:
    """Secrets, and whether more of each than the certificate of its authority."""
    found = []
    for volume in pod.spec.get("volumes", []):
        if secret := volume.get("secret"):
            found.append((secret["secretName"], [item["key"] for item in secret.get("items", [])] != ["ca.crt"]))
    for container in pod.containers:
        assert not any("secretRef" in source for source in container.get("envFrom", []))
        found += [(reference["name"], True) for reference in _references(container)]
    return found


def _references(container: Manifest) -> list[Manifest]:
    sources = [entry.get("valueFrom", {}) for entry in container.get("env", [])]
    return [source["secretKeyRef"] for source in sources if "secretKeyRef" in source]

"""What a cluster would be told, as `kubectl kustomize` renders it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy" / "k8s"
# Those of the overlays, and ways to put components together that no overlay has.
FOLDERS = {
    path.name: path for path in (*(K8S / "overlays").iterdir(), *(Path(__file__).parent / "combinations").iterdir())
}
NAMES = sorted(FOLDERS)

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod's template, and what makes pods of it."""

    owner: Manifest
    labels: dict[str, str]
    spec: Manifest

    @property
    def name(self) -> str:
        return str(self.owner["metadata"]["name"])

    @property
    def serves(self) -> bool:
        """Runs until it is told to stop."""
        return self.owner["kind"] in ("Deployment", "StatefulSet")

    @property
    def containers(self) -> list[Manifest]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def main(self) -> Manifest:
        (container,) = self.spec["containers"]
        return dict(container)


@cache
def rendered(name: str) -> tuple[Manifest, ...]:
    kubectl = Path(sys.executable).parent / "kubectl"
    built = subprocess.run([kubectl, "kustomize", FOLDERS[name]], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    assert built.stderr == ""
    return tuple(yaml.load_all(built.stdout, yaml.CSafeLoader))


def of_kind(name: str, *kinds: str) -> list[Manifest]:
    return [manifest for manifest in rendered(name) if manifest["kind"] in kinds]


def find(name: str, kind: str, called: str) -> Manifest:
    (found,) = [manifest for manifest in of_kind(name, kind) if manifest["metadata"]["name"] == called]
    return found


def pods(name: str) -> Iterator[Pod]:
    for manifest in of_kind(name, "Deployment", "StatefulSet", "Job", "CronJob"):
        spec = manifest["spec"]["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else manifest["spec"]
        yield Pod(manifest, spec["template"]["metadata"]["labels"], spec["template"]["spec"])


def variables(name: str, container: Manifest) -> dict[str, str]:
    """As the process sees them. A value of a Secret is `secret:NAME/KEY`."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= find(name, "ConfigMap", source["configMapRef"]["name"])["data"]
    for entry in container.get("env", []):
        secret = entry.get("valueFrom", {}).get("secretKeyRef")
        found[entry["name"]] = entry["value"] if secret is None else f"secret:{secret['name']}/{secret['key']}"
    return found


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Kubernetes' label selectors, as far as they are used here."""
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


def mebibytes(quantity: str) -> int:
    """Of memory or of a volume."""
    number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
    return int(number) * {"Mi": 1, "Gi": 1024}[unit]

"""Every overlay builds, and the API server would take what comes out."""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from tests.deploy.rendering import FOLDERS, K8S, NAMES, Manifest, rendered

# The oldest with `sleep` before a stop by default, and the newest that is known.
VERSIONS = ("1.30.0", kubernetes_validate.latest_version())
# Of operators that the components are for; our own schemas hold what is used of them, and nothing else.
SCHEMAS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "schemas").iterdir()}


@cache
def _definitions(version: str) -> "Registry[Any]":
    contents = schema_contents(f"kubernetes-json-schema/v{version}-local-strict/_definitions.json", version)
    return Resource.from_contents(contents) @ Registry()


@cache
def _validator(kind: str, api: str, version: str) -> jsonschema.Draft202012Validator:
    """As `kubernetes-validate --strict` does it, which reads all definitions anew for each manifest."""
    if kind in SCHEMAS:
        return jsonschema.Draft202012Validator(SCHEMAS[kind])
    group, slash, of_group = api.rpartition("/")
    name = f"{kind.lower()}-{group.partition('.')[0]}{'-' if slash else ''}{of_group}"
    schema = schema_contents(f"kubernetes-json-schema/v{version}-local-strict/{name}.json", version)
    registry = Resource.from_contents(schema) @ _definitions(version)
    return jsonschema.Draft202012Validator(schema, registry=registry)


def _problem(manifest: Manifest, version: str) -> str | None:
    """A kind without a schema raises FileNotFoundError."""
    validator = _validator(manifest["kind"], manifest["apiVersion"], version)
    error = next(validator.iter_errors(manifest), None)
    if error is None:
        return None
    where = ".".join(map(str, error.absolute_path))
    return f"{manifest['kind']} {manifest['metadata']['name']}: {where}: {error.message}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_valid(name: str, version: str) -> None:
    """Strictly: a field that does not exist is a mistake, and so is a kind without a schema."""
    assert [problem for manifest in rendered(name) if (problem := _problem(manifest, version))] == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("Deployment", ("spec", "template", "spec", "terminationGracePeriod"), 5),
        ("Deployment", ("spec", "replicas"), "many"),
        ("ScaledObject", ("spec", "minReplicas"), 0),
        ("ScaledObject", ("spec", "triggers", 0, "metadata", "treshold"), "8"),
        ("Certificate", ("spec", "uri"), []),
        ("PrometheusRule", ("spec", "groups", 0, "rules", 0, "alerts"), "x"),
        ("PodMonitor", ("spec", "podMetricsEndpoints", 0, "ports"), "metrics"),
    ],
)
def test_a_mistake_is_found(kind: str, path: tuple[str | int, ...], value: object) -> None:
    """The schemas bite, ours like Kubernetes' own."""
    manifest = json.loads(json.dumps(next(m for m in rendered("production") if m["kind"] == kind)))
    assert _problem(manifest, VERSIONS[-1]) is None
    place = manifest
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert _problem(manifest, VERSIONS[-1]) is not None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_there_twice(name: str) -> None:
    """By kind and name; all of it in one namespace."""
    counted = Counter((manifest["kind"], manifest["metadata"]["name"]) for manifest in rendered(name))
    namespaces = {manifest["metadata"].get("namespace", "likeness") for manifest in rendered(name)}

    assert [each for each, times in counted.items() if times > 1] == []
    assert namespaces == {"likeness"}


def test_every_component_is_used_and_every_file_is_read() -> None:
    """A manifest that no kustomization names would never be applied, and never be tested."""
    read: set[Path] = set()
    for kustomization in (
        *K8S.rglob("kustomization.yaml"),
        *(path / "kustomization.yaml" for path in FOLDERS.values()),
    ):
        said = yaml.safe_load(kustomization.read_text())
        entries = [*said.get("resources", []), *said.get("components", [])]
        entries += [patch["path"] for patch in said.get("patches", []) if "path" in patch]
        read |= {(kustomization.parent / entry).resolve() for entry in entries}
    # What belongs to another program.
    read.add((K8S / "components" / "autoscaling-hpa" / "adapter-rule.yaml").resolve())

    assert [path for path in (K8S / "components").iterdir() if path not in read] == []
    assert [path for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml" and path not in read] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_written_down(name: str) -> None:
    """They are made by hand or by cert-manager, and referred to."""
    assert [manifest["metadata"]["name"] for manifest in rendered(name) if manifest["kind"] == "Secret"] == []

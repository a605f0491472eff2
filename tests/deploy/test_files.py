"""Every file that a process is told of is mounted, in a volume that has it."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from services.common.models.lock import read_lock
from tests.deploy.operations import config_maps_made, secrets_made
from tests.deploy.processes import Process, clear, processes, service
from tests.deploy.rendering import NAMES, Manifest, Pod, find, mebibytes, of_kind, pods

PODS = [pytest.param(name, pod, id=f"{name}-{pod.name}") for name in NAMES for pod in pods(name)]
# What every cluster has in each namespace.
OF_THE_CLUSTER = {"kube-root-ca.crt": {"ca.crt"}}
ISSUED = {"tls.crt", "tls.key", "ca.crt"}
# Where a process may write.
WRITABLE = {"emptyDir", "persistentVolumeClaim"}


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_a_process_is_told_of_is_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a mount of its own container, by the name that its volume gives it."""
    for process in processes(name):
        if process.is_command:
            continue
        clear(monkeypatch)
        for variable, path in _paths(process, process.settings(monkeypatch)).items():
            volume, within = _volume_at(process.pod, process.container, path)
            if variable.endswith("_dir"):
                continue
            assert volume.keys() & {"secret", "projected"}, f"{process.pod.name}: {variable}"
            assert within in _files(name, volume), f"{process.pod.name}: {variable}"


@pytest.mark.parametrize("name", NAMES)
def test_folders_are_what_they_are_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights from their claim, what lasts in a claim, and nothing that lasts in memory."""
    for called in ("embedder", "generator", "upscaler", "verifier"):
        clear(monkeypatch)
        process = service(name, called)
        folder = process.settings(monkeypatch).models_dir
        if name != "laptop":
            volume, _ = _volume_at(process.pod, process.container, folder)
            assert volume["persistentVolumeClaim"] == {"claimName": "weights", "readOnly": True}
    clear(monkeypatch)
    gateway = service(name, "gateway")
    volume, _ = _volume_at(gateway.pod, gateway.container, gateway.settings(monkeypatch).data_dir)

    assert ("persistentVolumeClaim" if name == "laptop" else "emptyDir") in volume


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_what_is_not_scratch_is_read_only(name: str, pod: Pod) -> None:
    """Every container that may run a library has a /tmp; secrets and settings are nobody's to write."""
    by_name = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    for container in pod.containers:
        mounts = container.get("volumeMounts", [])
        paths = [mount["mountPath"] for mount in mounts]
        assert len(paths) == len(set(paths))
        assert "/tmp" in paths or container["name"] == "grants"
        for mount in mounts:
            (kind,) = by_name.get(mount["name"], {"persistentVolumeClaim": {}}).keys() - {"name"}
            assert kind in WRITABLE or mount.get("readOnly") is True, (container["name"], mount["name"])


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_secret_is_one_that_is_made(name: str) -> None:
    """By a certificate, or by a command of docs/operations.md."""
    for pod in pods(name):
        for container in pod.containers:
            for entry in container.get("env", []):
                if reference := entry.get("valueFrom", {}).get("secretKeyRef"):
                    assert reference["key"] in _keys(name, reference["name"]), (pod.name, entry["name"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_the_volume_of_weights_has_room_for_several_nodes(name: str) -> None:
    """For twice what is required: an old set beside a new one; a second SDXL is as large as the first."""
    claim = find(name, "PersistentVolumeClaim", "weights")["spec"]
    models = read_lock()
    sizes = [model.size or models["sdxl-base-1.0"].size for model in models.select(profile="gpu")]

    assert claim["accessModes"] == ["ReadWriteMany"]
    assert mebibytes(claim["resources"]["requests"]["storage"]) * 2**20 >= 2 * sum(sizes)


def test_the_laptop_keeps_its_data_when_a_pod_goes() -> None:
    """In one folder of one node."""
    claim = find("laptop", "PersistentVolumeClaim", "data")["spec"]

    assert claim["accessModes"] == ["ReadWriteOnce"]
    assert claim["resources"]["requests"].keys() == {"storage"}


def _paths(process: Process, settings: Any) -> dict[str, Path]:
    """What its manifest says, by the field's name; defaults are the code's own business."""
    fields = {name: getattr(settings, name) for name in type(settings).model_fields}
    told = {name for name in fields if f"LIKENESS_{name.upper()}" in process.variables}
    files = {name: Path(fields[name]) for name in told if name.endswith("_ca_file")}
    return files | {name: value for name, value in fields.items() if name in told and isinstance(value, Path)}


def _volume_at(pod: Pod, container: Manifest, path: Path) -> tuple[Manifest, str]:
    """The volume behind a path, and the path's name in it."""
    for mount in container["volumeMounts"]:
        here = PurePosixPath(mount["mountPath"])
        if here == path or here in path.parents:
            (volume,) = [volume for volume in pod.spec["volumes"] if volume["name"] == mount["name"]]
            return volume, str(PurePosixPath(path).relative_to(here))
    raise AssertionError(f"{pod.name}: nothing is mounted at {path}")


def _files(name: str, volume: Manifest) -> set[str]:
    secret = volume["secret"]
    keys = _keys(name, secret["secretName"])
    if "items" not in secret:
        return keys
    assert {item["key"] for item in secret["items"]} <= keys
    return {item["path"] for item in secret["items"]}


def _keys(name: str, secret: str) -> set[str]:
    issued = {each["spec"]["secretName"] for each in of_kind(name, "Certificate")}
    return ISSUED if secret in issued else secrets_made()[secret]


def test_settings_that_are_looked_up_are_made_somewhere() -> None:
    """ConfigMaps that no kustomization generates: by the cluster, or by a command of docs/operations.md."""
    made = OF_THE_CLUSTER | config_maps_made()
    for name in NAMES:
        generated = {each["metadata"]["name"] for each in of_kind(name, "ConfigMap")}
        for pod in pods(name):
            for volume in pod.spec.get("volumes", []):
                sources = volume.get("projected", {}).get("sources", [volume])
                for wanted in [source["configMap"] for source in sources if "configMap" in source]:
                    assert wanted["name"] in generated | made.keys()
                    assert {item["key"] for item in wanted.get("items", [])} <= made[wanted["name"]]

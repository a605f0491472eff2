"""What holds for every pod of every overlay."""

import re
import tomllib

import pytest

from gateway.peers.settings import PeerSettings
from tests.deploy.processes import service
from tests.deploy.rendering import NAMES, ROOT, Manifest, Pod, find, mebibytes, of_kind, pods, selects

PODS = [pytest.param(name, pod, id=f"{name}-{pod.name}") for name in NAMES for pod in pods(name)]
SERVING = [pytest.param(name, pod, id=f"{name}-{pod.name}") for name in NAMES for pod in pods(name) if pod.serves]
OURS = ("gateway", "embedder", "generator", "upscaler", "verifier")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

# The longest that one call or one step of a device takes, in seconds. Embedder and verifier: all that the gateway would
# wait. A picture of two passes with thirty steps on a full GPU, one of a 4K upscale on a slice of one: estimates.
LONGEST_S = {
    "gateway": 60.0,
    "embedder": PeerSettings().embedder_timeout_s,
    "verifier": PeerSettings().verifier_timeout_s,
    "generator": 120.0,
    "upscaler": 60.0,
}
# Of the shell: waiting for callers to go, and for a device to come to its end.
_QUIET_S = 2
_RELEASE_S = 5


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_a_pod_may_do_next_to_nothing(name: str, pod: Pod) -> None:
    """As the restricted Pod Security Standard has it, and then some."""
    context = pod.spec["securityContext"]

    assert pod.spec["automountServiceAccountToken"] is False
    assert find(name, "ServiceAccount", pod.spec["serviceAccountName"])["automountServiceAccountToken"] is False
    assert pod.spec["enableServiceLinks"] is False
    assert context == {
        "runAsNonRoot": True,
        "runAsUser": _user(pod),
        "runAsGroup": _user(pod),
        "fsGroup": _user(pod),
        # Weights are many and large: their owner is not looked at again, file by file, at every start.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.spec.keys()
    for container in pod.containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_nothing_is_written_to_a_disk_of_the_node(name: str, pod: Pod) -> None:
    """Scratch is memory, with a limit within the container's own; what lasts is claimed."""
    limits = [mebibytes(container["resources"]["limits"]["memory"]) for container in pod.containers]
    for volume in pod.spec.get("volumes", []):
        (kind,) = volume.keys() - {"name"}
        assert kind in ("emptyDir", "secret", "configMap", "persistentVolumeClaim", "projected")
        if kind == "emptyDir":
            assert volume["emptyDir"]["medium"] == "Memory"
            assert mebibytes(volume["emptyDir"]["sizeLimit"]) <= min(limits) / 2
        if kind in ("secret", "projected"):
            assert volume[kind]["defaultMode"] == 0o440


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_resources_are_said(name: str, pod: Pod) -> None:
    """What it needs, and the memory that it may not exceed. A limit on the CPU would only make probes late."""
    for container in pod.containers:
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert requests.keys() == {"cpu", "memory"}
        assert mebibytes(requests["memory"]) <= mebibytes(limits["memory"])
        assert "cpu" not in limits


@pytest.mark.parametrize(("name", "pod"), PODS)
def test_images_have_a_version(name: str, pod: Pod) -> None:
    """Ours that of the code; nobody's is whatever is latest."""
    for container in pod.containers:
        image, _, tag = container["image"].rpartition(":")
        assert re.fullmatch(r"v?\d+(\.\d+)+(-[a-z0-9.]+)?", tag), container["image"]
        if "likeness/" in image:
            assert tag == VERSION


@pytest.mark.parametrize(("name", "pod"), SERVING)
def test_probes_ask_the_right_questions(name: str, pod: Pod) -> None:
    """Ours: in plain text beside mTLS; alive by the empty name, ready and started by the service's own."""
    container = pod.main
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    if pod.name not in OURS:
        return
    (health,) = [port["containerPort"] for port in container["ports"] if port["name"] == "health"]
    full = f"likeness.{pod.name}.v1.{pod.name.capitalize()}Service"

    assert container["startupProbe"]["grpc"] == {"port": health, "service": full}
    assert container["readinessProbe"]["grpc"] == {"port": health, "service": full}
    assert container["livenessProbe"]["grpc"] == {"port": health}
    assert container["name"] == pod.name


@pytest.mark.parametrize(("name", "pod"), SERVING)
def test_probes_are_patient_with_life_and_quick_with_readiness(name: str, pod: Pod) -> None:
    """Found ready or not within seconds; started again after half a minute of silence, since a load makes some."""
    startup, readiness, liveness = (pod.main[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness"))

    assert readiness["periodSeconds"] == startup["periodSeconds"] == 5
    assert 30 <= liveness["periodSeconds"] * liveness["failureThreshold"] <= 120
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 300
    if pod.name in OURS:
        assert [probe["timeoutSeconds"] for probe in (startup, readiness, liveness)] == [3, 3, 5]


def test_weights_have_time_to_be_read() -> None:
    """18 GB at 50 MB/s from a slow volume, hashed on the way, three times over; the faces' 0.3 GB too."""
    budget = {pod.name: _startup_s(pod.main) for pod in pods("production") if pod.serves}

    assert budget["generator"] >= 3 * 18_000 / 50
    assert min(budget["embedder"], budget["verifier"], budget["upscaler"]) >= 3 * 300 / 50 + 60


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("called", OURS)
def test_the_grace_is_longer_than_what_it_is_for(name: str, called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """preStop, the drain's delay, calls, the last item on the device, steps of jobs; and some room before SIGKILL."""
    process = service(name, called)
    settings = process.settings(monkeypatch)
    before_s = process.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain_s = settings.drain_delay_s + _QUIET_S + settings.drain_grace_s + _RELEASE_S
    jobs_s = getattr(settings, "job_grace_s", 0)

    assert settings.drain_grace_s >= LONGEST_S[called]
    assert before_s + settings.drain_delay_s >= 10
    assert process.pod.spec["terminationGracePeriodSeconds"] >= before_s + drain_s + jobs_s + 5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("called", OURS)
def test_one_at_a_time_is_taken_away(name: str, called: str) -> None:
    """By drains of nodes; and replicas are on several nodes where there are any."""
    (budget,) = [each for each in of_kind(name, "PodDisruptionBudget") if each["metadata"]["name"] == called]
    (pod,) = [pod for pod in pods(name) if pod.name == called]
    (spread,) = pod.spec["topologySpreadConstraints"]

    assert budget["spec"]["maxUnavailable"] == 1
    # What does not get ready must not keep a node from being emptied.
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert selects(budget["spec"]["selector"], pod.labels)
    assert selects(pod.owner["spec"]["selector"], pod.labels)
    assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "ScheduleAnyway")
    assert selects(spread["labelSelector"], pod.labels)


@pytest.mark.parametrize("name", NAMES)
def test_who_stays_when_nodes_run_short(name: str) -> None:
    """Gateway, then faces, then generator, then upscaler."""
    value = {each["metadata"]["name"]: each["value"] for each in of_kind(name, "PriorityClass")}
    of_pod = {pod.name: value.get(pod.spec.get("priorityClassName", "")) for pod in pods(name)}

    assert of_pod["gateway"] > of_pod["embedder"] == of_pod["verifier"] > of_pod["generator"] > of_pod["upscaler"]
    assert all(rank is not None for called, rank in of_pod.items() if called != "weights")


@pytest.mark.parametrize("name", NAMES)
def test_gpus_are_whole_or_slices_and_not_to_spare(name: str) -> None:
    """One for each pod that has any, which never waits for a second one to roll; none on a laptop."""
    for pod in pods(name):
        gpus = {key: each for key, each in _limits(pod).items() if key.startswith("nvidia.com/")}
        if name == "laptop" or pod.name not in ("generator", "upscaler"):
            assert gpus == {}
            continue
        assert list(gpus.values()) == [1]
        assert gpus.keys() <= {"nvidia.com/gpu"} or name == "mig"
        assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod.spec["tolerations"]
        assert pod.owner["spec"]["strategy"] == {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
        }


@pytest.mark.parametrize("name", NAMES)
def test_the_next_one_comes_before_the_last_one_goes(name: str) -> None:
    """Where there is no GPU to wait for; but for the laptop's gateway, of which two would share one folder."""
    for called in ("gateway", "embedder", "verifier"):
        strategy = find(name, "Deployment", called)["spec"]["strategy"]
        if (name, called) == ("laptop", "gateway"):
            assert strategy == {"type": "Recreate"}
        else:
            assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize("name", NAMES)
def test_there_are_two_of_those_that_cost_little(name: str) -> None:
    """So that one may go at any time; on a laptop, and of faces in staging, one does."""
    replicas = {each["metadata"]["name"]: each["spec"].get("replicas", 1) for each in of_kind(name, "Deployment")}
    faces = 1 if name in ("laptop", "staging") else 2

    assert replicas == {
        "gateway": 1 if name == "laptop" else 2,
        "embedder": faces,
        "verifier": faces,
        "generator": 1,
        "upscaler": 1,
    }


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_read_only_for_those_that_load_them(name: str) -> None:
    """Only what fetches and what brings grants writes; what verifies after them does not."""
    for pod in pods(name):
        for container in pod.containers:
            for mount in container.get("volumeMounts", []):
                if mount["name"] == "weights":
                    assert mount.get("readOnly", False) is not (container["name"] in ("grants", "fetch"))


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_mounted_exists(name: str) -> None:
    """Claims are made here, secrets by a certificate or by the operator, who is told in docs/operations.md."""
    claims = {each["metadata"]["name"] for each in of_kind(name, "PersistentVolumeClaim")}
    issued = {each["spec"]["secretName"] for each in of_kind(name, "Certificate")}
    told = (ROOT / "docs" / "operations.md").read_text()
    for pod in pods(name):
        templates = pod.owner["spec"].get("volumeClaimTemplates", [])
        volumes = {volume["name"] for volume in pod.spec.get("volumes", [])}
        volumes |= {template["metadata"]["name"] for template in templates}
        for container in pod.containers:
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes, pod.name
        for volume in pod.spec.get("volumes", []):
            claimed = volume.get("persistentVolumeClaim", {}).get("claimName")
            assert claimed is None or claimed in claims
        for secret in _secrets(pod) - issued:
            assert f"secret generic {secret} " in told or f"secret tls {secret} " in told, secret


def _secrets(pod: Pod) -> set[str]:
    mounted = {volume["secret"]["secretName"] for volume in pod.spec.get("volumes", []) if "secret" in volume}
    sources = [entry.get("valueFrom", {}) for container in pod.containers for entry in container.get("env", [])]
    return mounted | {source["secretKeyRef"]["name"] for source in sources if "secretKeyRef" in source}


def _user(pod: Pod) -> int:
    """That of the image: ours, or Postgres'."""
    return 999 if pod.name.endswith("-database") else 10001


def _limits(pod: Pod) -> Manifest:
    return {key: value for container in pod.containers for key, value in container["resources"]["limits"].items()}


def _startup_s(container: Manifest) -> int:
    probe = container["startupProbe"]
    return int(probe["periodSeconds"] * probe["failureThreshold"])

"""What the manifests tell a process is what it can be told."""

import tomllib
from typing import Any

import pytest

from gateway.tenants.settings import require_sense
from services.common.models.lock import read_lock
from services.faces.arcface import PREPROCESSING
from services.faces.embedding import fingerprint
from services.upscaler.catalogue import RECIPES
from tests.deploy.processes import clear, command_variables, processes, service
from tests.deploy.rendering import NAMES, ROOT, find, of_kind

LOCK = ROOT / "services" / "common" / "models.lock"
SERVICES = ("embedder", "generator", "upscaler", "verifier")
WITH_MTLS = ("production", "staging", "scale-to-zero")


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_is_read_and_every_value_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the settings class of that very process, or by the options of that very command."""
    found = processes(name)
    assert {process.pod.name for process in found} >= {"gateway", *SERVICES}
    for process in found:
        clear(monkeypatch)
        if process.is_command:
            assert set(process.variables) <= command_variables(process.container["args"][2:]), process.pod.name
        else:
            process.settings(monkeypatch)


@pytest.mark.parametrize("name", NAMES)
def test_an_overlay_is_what_it_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The laptop evaluates with what pip brings; all others keep things apart, and production sells what it makes."""
    gateway = service(name, "gateway").settings(monkeypatch)
    policies, engines = set(), {}
    for called in SERVICES:
        clear(monkeypatch)
        settings = service(name, called).settings(monkeypatch)
        policies.add(settings.license_policy)
        engines[called] = getattr(settings, "face_engine", None) or getattr(settings, "engine", None)
    kept = (gateway.profile, gateway.store, gateway.key_store)

    assert policies == {"commercial" if name == "production" else "research"}
    if name == "laptop":
        assert kept == ("embedded", "directory", "file")
        assert engines == {"embedder": "dlib", "verifier": "dlib", "generator": "preview", "upscaler": None}
    else:
        assert kept == ("gpu", "s3", "postgres")
        assert engines == {
            "embedder": "insightface",
            "verifier": "insightface",
            "generator": "diffusion",
            "upscaler": None,
        }


@pytest.mark.parametrize("name", NAMES)
def test_threads_are_as_many_as_the_work_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that a library starts by itself, which would count the cores of the node."""
    for called in SERVICES:
        clear(monkeypatch)
        process = service(name, called)
        assert process.variables["OMP_NUM_THREADS"] == str(process.settings(monkeypatch).compute_threads)
    assert service(name, "gateway").variables["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_gateway_and_audit_look_at_the_same_things(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit of another bucket, or with other keys, would remove what is alive."""
    (process,) = [process for process in processes(name) if process.pod.name == "audit"]
    audit = process.settings(monkeypatch)
    told = {key: value for key, value in process.variables.items() if "DATA_DIR" not in key}
    clear(monkeypatch)
    process = service(name, "gateway")
    gateway = process.settings(monkeypatch)

    assert told.items() <= process.variables.items()
    assert audit.s3_endpoint.startswith("https://")
    assert all(field for field in (audit.s3_bucket, audit.s3_access_key, audit.s3_secret_key, audit.database_url))
    assert audit.terms() == gateway.terms()


def test_production_shows_certificates_that_others_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """To callers, and in every result; without these it would make some itself."""
    settings = service("production", "gateway").settings(monkeypatch)
    (issued,) = [each for each in of_kind("production", "Certificate") if each["metadata"]["name"] == "gateway-public"]

    assert settings.public_certificate() is not None
    assert settings.provenance_chain is not None
    assert settings.provenance_key is not None
    assert settings.receipt_key_file is not None
    assert issued["spec"]["issuerRef"]["kind"] == "ClusterIssuer"
    assert issued["spec"]["dnsNames"] == ["likeness.example.com"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("called", ["gateway", *SERVICES])
def test_ports_are_those_that_are_opened(name: str, called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For calls, for probes and for Prometheus; on all interfaces of the pod; and the Service leads to them."""
    process = service(name, called)
    settings = process.settings(monkeypatch)
    declared = {port["name"]: port["containerPort"] for port in process.container["ports"]}
    leads = find(name, "Service", called)["spec"]

    opened = {"grpc": settings.grpc_port, "health": settings.health_port, "metrics": settings.metrics_port}
    assert declared == opened | ({"http": settings.http_port} if called == "gateway" else {})
    assert settings.host == "0.0.0.0"
    assert leads["clusterIP"] == "None"
    assert leads["selector"] == {"app.kubernetes.io/name": called}
    offered = {(port["port"], port["targetPort"]) for port in leads["ports"]}
    assert offered == {(number, port) for port, number in declared.items() if port in ("grpc", "http")}


@pytest.mark.parametrize("name", NAMES)
def test_the_gateway_knows_where_its_services_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By names of headless Services, which resolve to every replica."""
    settings = service(name, "gateway").settings(monkeypatch)
    ports = {called: find(name, "Service", called)["spec"]["ports"][0]["port"] for called in SERVICES}

    assert {called: getattr(settings, called) for called in SERVICES} == {
        called: f"dns:///{called}:{port}" for called, port in ports.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_nobody_comes_in_without_a_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor may a gateway refuse to start for it."""
    settings = service(name, "gateway").settings(monkeypatch)
    require_sense(settings)

    assert settings.auth == "required"
    assert not settings.reflection


@pytest.mark.parametrize("name", WITH_MTLS)
@pytest.mark.parametrize("called", SERVICES)
def test_only_the_gateway_may_call(name: str, called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the id in its certificate, and the full name of the service that is there."""
    settings = service(name, called).settings(monkeypatch)
    ids = find(name, "Certificate", "gateway")["spec"]["uris"]

    assert settings.tls_authorities is not None
    assert settings.allowed_peers == {f"likeness.{called}.v1.{called.capitalize()}Service/*": tuple(ids)}


@pytest.mark.parametrize("name", WITH_MTLS)
def test_certificates_are_mounted_where_they_are_looked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process has its own, with one id and the name by which it is called."""
    for called in ("gateway", *SERVICES):
        clear(monkeypatch)
        process = service(name, called)
        settings = process.settings(monkeypatch)
        certificate = find(name, "Certificate", called)["spec"]
        (volume,) = [volume for volume in process.pod.spec["volumes"] if volume["name"] == "tls"]
        (mount,) = [mount for mount in process.container["volumeMounts"] if mount["name"] == "tls"]
        files = (settings.tls_chain, settings.tls_key, settings.tls_authorities)

        assert volume["secret"]["secretName"] == certificate["secretName"]
        assert [str(file) for file in files] == [
            f"{mount['mountPath']}/{key}" for key in ("tls.crt", "tls.key", "ca.crt")
        ]
        assert certificate["uris"] == [f"spiffe://likeness/{called}"]
        assert called in certificate["dnsNames"]
        assert {"server auth", "client auth"} <= set(certificate["usages"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_the_generator_takes_what_the_embedder_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of antelopev2, as its digest in the lock makes it; and second opinions come from a model of the lock."""
    models = {model["name"]: model for model in tomllib.loads(LOCK.read_text())["model"]}
    (weights,) = [file for file in models["antelopev2"]["files"] if file["path"] == "glintr100.onnx"]
    generator = service(name, "generator").settings(monkeypatch)
    clear(monkeypatch)
    embedder = service(name, "embedder").settings(monkeypatch)
    clear(monkeypatch)
    verifier = service(name, "verifier").settings(monkeypatch)

    assert (embedder.face_engine, embedder.face_pack) == ("insightface", "antelopev2")
    assert generator.recogniser_id == fingerprint("antelopev2", weights["sha256"], PREPROCESSING)
    assert verifier.second_recogniser is None or verifier.second_recogniser in models


@pytest.mark.parametrize("name", [name for name in NAMES if name != "laptop"])
def test_what_is_loaded_is_fetched_and_verified(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the Job that fills the volume, in both of its steps."""
    wanted: set[str] = set()
    for called in SERVICES:
        clear(monkeypatch)
        wanted |= _models_of(service(name, called).settings(monkeypatch))
    commands = [process.container["args"][2:] for process in processes(name) if process.is_command]

    assert [command[:2] for command in commands] == [["models", "fetch"], ["models", "verify"]]
    for _, _, *names in commands:
        assert wanted == {model.name for model in read_lock().select(names)}


def test_whoever_sells_is_told_which_licences_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Production loads some models that its policy refuses: docs/models.md names every one before it may."""
    wanted: set[str] = set()
    for called in SERVICES:
        clear(monkeypatch)
        wanted |= _models_of(service("production", called).settings(monkeypatch))
    refused = {model.name for model in read_lock().select(sorted(wanted)) if str(model.commercial_use) != "yes"}
    page = (ROOT / "docs" / "models.md").read_text()
    steps = page[page.index("### Before you sell") : page.index("### When you have a licence")]

    assert refused == {"antelopev2", "instantid-identitynet", "instantid-ip-adapter"}
    assert all(f"`{name}`" in steps for name in refused)


def _models_of(settings: Any) -> set[str]:
    """Names in the lock."""
    fields = ("base_models", "identity_net", "identity_adapter", "controls", "loras", "face_pack", "second_recogniser")
    found = [getattr(settings, field, None) or () for field in fields]
    networks = [model for network in getattr(settings, "networks", ()) for model in RECIPES[network]]
    return {name for each in (*found, networks) for name in ([each] if isinstance(each, str) else each)}

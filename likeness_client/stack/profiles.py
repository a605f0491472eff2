"""What runs in each profile, and what it is told. The same programs as in a cluster, with other variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from likeness_client.failure import CommandFailed

GATEWAY = "gateway"
HOST = "127.0.0.1"

# dlib and preview are for evaluation: they run where a profile names them, never in place of what is missing.
_DLIB = {"FACE_ENGINE": "dlib"}
_TINY = {
    "ENGINE": "diffusion",
    "DEVICE": "cpu",
    "BASE_MODELS": '["tiny-sdxl", "tiny-photoreal"]',
    "IDENTITY_NET": "tiny-identitynet",
    "IDENTITY_ADAPTER": "tiny-ip-adapter",
}
_ENLARGE_HERE = {"DEVICE": "cpu", "NETWORKS": '["x4plus-ncnn"]'}


class Profile(StrEnum):
    """How large. TINY is the real diffusion engine with small random weights: abstract pictures, every path."""

    EMBEDDED = "embedded"
    TINY = "tiny"
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the stack. Variables are without their LIKENESS_."""

    name: str
    """`generator`; its replicas are `generator-2` and so on."""
    module: str
    service: str
    """As health knows it."""
    grpc_port: int
    metrics_port: int
    variables: Mapping[str, str] = field(repr=False)
    peers: tuple[str, ...] = ()
    """Parts whose addresses it is told."""
    recogniser_of: str = ""
    """The part whose recogniser it is told."""
    http_port: int | None = None
    """None: it has none."""
    health_port: int | None = None
    """Where it is asked whether it lives, if callers have to show a certificate. None: where it is called."""
    host: str = HOST

    @property
    def kind(self) -> str:
        """Replicas are of one kind."""
        return self.name.partition("-")[0]

    @property
    def more_ports(self) -> Mapping[str, str]:
        """Variables of the ports that not every part has."""
        ports = {"HTTP_PORT": self.http_port, "HEALTH_PORT": self.health_port}
        return {name: str(port) for name, port in ports.items() if port is not None}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stack stands: its folders, the threads one model may use, and whether any free port will do."""

    data: Path
    models: Path
    threads: int
    free_ports: bool = False


def parts_of(profile: Profile, place: Place) -> list[Part]:
    """All of them; the gateway is the last."""
    told = _SERVICES[profile]
    shared = {"COMPUTE_THREADS": str(place.threads), "DRAIN_GRACE_S": "10"}
    weights = {"MODELS_DIR": str(_models(profile, place))} if profile is not Profile.EMBEDDED else {}
    services = [
        _part(place, name, f"services.{name}", (7410 + 10 * row, 7491 + row), {**shared, **weights, **told[name]})
        for row, name in enumerate(("embedder", "generator", "upscaler", "verifier"))
    ]
    gateway = {"DATA_DIR": str(place.data), "PROFILE": str(profile), "DRAIN_GRACE_S": "10", "JOB_GRACE_S": "10"}
    if profile is Profile.TINY:
        # Abstract pictures show no face, so that no other job would ever keep one.
        gateway["MAY_KEEP_EVERYTHING"] = "true"
    peers = tuple(part.name for part in services)
    part = _part(place, GATEWAY, "gateway", (7400, 7490), gateway, peers)
    return [*services, replace(part, http_port=0 if place.free_ports else 7480)]


def tiny_models(place: Place) -> Path:
    """Where the small random weights for dlib's identities are made."""
    return place.data / "tiny-models"


def threads_here() -> int:
    """Two of two cores: stages of a job take turns more than they overlap. Half of many."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(cores, 2), cores // 2)


def changed(parts: list[Part], wishes: list[str]) -> list[Part]:
    """With `PART.VARIABLE=VALUE` for single variables. CommandFailed says what was not understood."""
    by_name = {part.name: part for part in parts}
    extra: dict[str, dict[str, str]] = {name: {} for name in by_name}
    for wish in wishes:
        name, dot, rest = wish.partition(".")
        variable, equals, value = rest.partition("=")
        variable = variable.strip().upper().removeprefix("LIKENESS_")
        if not (dot and equals and variable) or name not in by_name:
            raise CommandFailed(f"--set wants PART.VARIABLE=VALUE with one of {', '.join(by_name)}, not {wish!r}")
        if variable in _OURS:
            raise CommandFailed(f"--set {name}.{variable}: the stack decides that; run the {name} by itself")
        extra[name][variable] = value
    return [_with(part, extra[part.name]) for part in parts]


def replicated(parts: list[Part], wishes: list[str]) -> list[Part]:
    """With as many of a part as `PART=NUMBER` says. They are called by turns. CommandFailed for what is none."""
    numbers = {part.name: 1 for part in parts}
    for wish in wishes:
        name, _, number = wish.partition("=")
        if name not in numbers or not number.isdecimal() or not 1 <= int(number) <= _MOST_REPLICAS:
            known = ", ".join(numbers)
            raise CommandFailed(
                f"--replicas wants PART=NUMBER with one of {known} and 1 to {_MOST_REPLICAS}, not {wish!r}"
            )
        numbers[name] = int(number)
    return [_replica(part, place) for part in parts for place in range(numbers[part.name])]


# Between two usual ports of gRPC lie ten.
_MOST_REPLICAS = 9

# What the stack rests on when it connects, drains and erases, or what would lie open among the arguments.
_OURS = frozenset(
    {"DATA_DIR", "STORE", "DATABASE_URL", "KEY_STORE", "KEY_DATABASE_URL", "MASTER_KEY_FILE", "RECEIPT_KEY_FILE"}
    | {"S3_ACCESS_KEY", "S3_SECRET_KEY", "GRPC_PORT", "METRICS_PORT", "HTTP_PORT", "LOG_LEVEL", "PROFILE"}
)

_SERVICES: Mapping[Profile, Mapping[str, Mapping[str, str]]] = {
    Profile.EMBEDDED: {
        "embedder": _DLIB,
        "generator": {"ENGINE": "preview", "DEVICE": "cpu"},
        "upscaler": _ENLARGE_HERE,
        "verifier": _DLIB,
    },
    Profile.TINY: {"embedder": _DLIB, "generator": _TINY, "upscaler": _ENLARGE_HERE, "verifier": _DLIB},
    # The defaults of every service: a GPU, insightface, diffusion, official weights. What is not there stops it.
    Profile.GPU: {"embedder": {}, "generator": {}, "upscaler": {}, "verifier": {}},
}


def _part(
    place: Place,
    name: str,
    module: str,
    ports: tuple[int, int],
    variables: Mapping[str, str],
    peers: tuple[str, ...] = (),
) -> Part:
    grpc_port, metrics_port = (0, 0) if place.free_ports else ports
    service = f"likeness.{name}.v1.{name.capitalize()}Service"
    recogniser_of = "embedder" if name == "generator" and variables.get("ENGINE") != "preview" else ""
    return Part(name, module, service, grpc_port, metrics_port, variables, peers, recogniser_of)


def _replica(part: Part, place: int) -> Part:
    """The first is the part itself; usual ports are counted up, those of metrics in steps of ten."""
    if not place:
        return part
    free = not part.grpc_port
    return replace(
        part,
        name=f"{part.name}-{place + 1}",
        grpc_port=0 if free else part.grpc_port + place,
        metrics_port=0 if free else part.metrics_port + 10 * place,
        http_port=part.http_port and part.http_port + place,
    )


def _models(profile: Profile, place: Place) -> Path:
    return tiny_models(place) if profile is Profile.TINY else place.models


def _with(part: Part, extra: Mapping[str, str]) -> Part:
    return replace(part, variables={**part.variables, **extra})

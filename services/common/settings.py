"""What a process can be told, by variables that begin with LIKENESS_. Read once in `__main__`, then passed down."""

import difflib
import json
import os
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, SecretBytes, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.startup import StartupError

PREFIX = "LIKENESS_"

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]

S = TypeVar("S", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """What every process needs. A service subclasses it, gives the ports their defaults and adds its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Interface of all ports. 0.0.0.0 in a pod.")
    grpc_port: Port = Field(0, description="0 takes a free one.")
    metrics_port: Port = Field(0, description="Prometheus scrapes it. 0 takes a free one.")
    health_port: Port | None = Field(None, description="Plaintext, health only; for probes where gRPC needs mTLS.")
    reflection: bool = Field(True, description="Lets grpcurl and friends discover the API.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Of our own loggers.")

    queue_places: Count = Field(64, description="Items that may wait for the device.")
    item_limit_s: Seconds = Field(600, description="A device busy longer with one item is taken for dead.")
    compute_threads: Count = Field(2, description="Threads a model may use on the CPU.")
    stream_idle_s: Seconds = Field(20, description="A sender silent for longer is cut off.")

    tls_chain: Path | None = Field(None, description="PEM: our certificate, then those that link it to its authority.")
    tls_key: Path | None = Field(None, description="PEM without a password.")
    tls_authorities: Path | None = Field(None, description="PEM: whom peers' certificates must be from. Means mTLS.")
    allowed_peers: dict[str, tuple[str, ...]] = Field(
        {}, description='JSON, SPIFFE ids by RPC: {"likeness.echo.v1.EchoService/*": ["spiffe://likeness/gateway"]}'
    )

    drain_delay_s: Seconds = Field(0, description="Between 'not ready' and 'no more calls'. 5 to 10 in a cluster.")
    drain_grace_s: Seconds = Field(30, description="For calls in flight to end, at least the longest call.")

    tracing_endpoint: str | None = Field(None, description="OTLP collector, for example http://127.0.0.1:4317.")


def load(kind: type[S]) -> S:
    """The settings, or StartupError with one line that names the variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        raise StartupError("; ".join(_complaint(problem) for problem in error.errors())) from None


def unread_variables(kind: type[ProcessSettings]) -> dict[str, str]:
    """LIKENESS_ variables that this process does not read, each with the name that was probably meant, or nothing."""
    known = {PREFIX + name.upper() for name in kind.model_fields}
    unread = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, 1, cutoff=0.85)), "") for name in unread}


def described(settings: ProcessSettings) -> str:
    """Every variable with its value, secrets masked, as an environment file."""
    lines = []
    for name, field in type(settings).model_fields.items():
        if field.description:
            lines.append(f"# {field.description}")
        lines.append(f"{PREFIX}{name.upper()}={_shown(getattr(settings, name))}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value)
    return "********" if isinstance(value, SecretStr | SecretBytes) else str(value)


def _complaint(problem: Any) -> str:
    """pydantic's message without the value: it may be a secret."""
    where = "__".join(str(part) for part in problem["loc"]).upper()
    return f"{PREFIX}{where}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"

"""Who may call, and how much."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from likeness_wire.hosts import is_loopback
from services.common.settings import PREFIX, Count, ProcessSettings, Seconds
from services.common.startup import StartupError

# Signatures whose public key can only verify: whoever reads our key file can make no token.
Algorithm = Literal["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]


class TenantSettings(ProcessSettings):
    """Credentials, rates and quotas. The embedded profile needs none of it: it has one tenant, on this machine."""

    auth: Literal["local", "required"] = Field(
        "local", description="local: one tenant, without credentials, on loopback only. required: API keys and tokens."
    )

    jwt_keys: Path | None = Field(None, description="Public keys of the issuer, as a JWK set. Unset: no tokens.")
    jwt_issuer: str = Field("", description="What iss has to be.")
    jwt_audience: str = Field("", description="What aud has to name.")
    jwt_tenant_claim: str = Field("tenant", min_length=1, description="The claim that names the tenant.")
    jwt_algorithms: tuple[Algorithm, ...] = Field(("ES256", "EdDSA", "RS256"), description="Others are refused.")
    jwt_leeway_s: Seconds = Field(30, le=300, description="By which the issuer's clock may differ from ours.")

    calls_per_minute: Count = Field(600, description="Of one tenant, in each gateway, unless agreed otherwise.")
    calls_burst: Count = Field(120, description="Calls at once after a pause.")
    calls_at_once: Count = Field(256, description="Calls of one tenant that may be open, watching included.")
    uploads_held: Count = Field(100, description="Uploads of one tenant that wait for a job.")
    jobs_open: Count = Field(50, description="Jobs of one tenant that have not ended.")
    pictures_per_day: Count = Field(5_000, description="Pictures of one tenant ordered within 24 hours.")

    audit_days: Count = Field(400, ge=30, description="How long the audit log is kept.")


def require_sense(settings: TenantSettings) -> None:
    """StartupError where callers could not be told apart, or anybody could come in."""
    if settings.auth == "local":
        if not is_loopback(settings.host):
            raise StartupError(f"{PREFIX}HOST: without {PREFIX}AUTH=required it has to be a loopback address")
        return
    if settings.jwt_keys is None:
        return
    for name, value in (("JWT_ISSUER", settings.jwt_issuer), ("JWT_AUDIENCE", settings.jwt_audience)):
        if not value:
            raise StartupError(f"{PREFIX}{name}: has to be set where {PREFIX}JWT_KEYS is")
    if not settings.jwt_algorithms:
        raise StartupError(f"{PREFIX}JWT_ALGORITHMS: at least one")

"""What the gateway can be told: the settings of its parts, with ports of its own."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from gateway.api.settings import ApiSettings
from gateway.http.settings import HttpSettings
from gateway.jobs.engine import Pace
from gateway.jobs.runs import Limits
from gateway.marking.settings import MarkingSettings
from gateway.peers.settings import PeerSettings
from gateway.pipeline.settings import PipelineSettings
from gateway.retention.settings import RetentionSettings
from gateway.tenants.settings import TenantSettings
from services.common.settings import PREFIX, Count, Port


class GatewaySettings(
    ApiSettings, HttpSettings, TenantSettings, PipelineSettings, MarkingSettings, PeerSettings, RetentionSettings
):
    """Nothing of it is needed on one machine."""

    grpc_port: Port = Field(7400, description="The public API.")
    metrics_port: Port = Field(7490, description="Prometheus scrapes it.")

    styles_file: Path | None = Field(None, description="Styles instead of those shipped, in the same form.")

    jobs_at_once: Count = Field(16, description="Jobs that are worked on in this gateway.")
    jobs_of_one_tenant: Count = Field(8, description="Of one tenant among them.")
    job_lease_s: float = Field(30, gt=1, description="A gateway silent for longer has lost its jobs to the others.")
    job_grace_s: float = Field(20, ge=0, description="For steps at work when the process is told to stop.")
    job_patience_s: float = Field(600, gt=0, description="How long a step goes on trying what may pass.")
    job_recoveries: Count = Field(5, description="Gateways that a job may take down before it is given up.")

    @field_validator("binding_key_file", mode="after")
    @classmethod
    def _is_shared(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        database: SecretStr | None = info.data.get("database_url")
        if value is None and database is not None and not database.get_secret_value().startswith("sqlite"):
            raise ValueError(f"has to be set where {PREFIX}DATABASE_URL is: gateways that share jobs share it too")
        return value

    def pace(self) -> Pace:
        return Pace(
            lease_s=self.job_lease_s,
            beat_s=self.job_lease_s / 6,
            grace_s=self.job_grace_s,
            places=self.jobs_at_once,
            tenant_places=self.jobs_of_one_tenant,
        )

    def job_limits(self) -> Limits:
        return Limits(most_recoveries=self.job_recoveries, patience_s=self.job_patience_s)

"""Which Secret, and how long gateways may take to read it again."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.common.settings import ProcessSettings, Seconds


class RotationSettings(ProcessSettings):
    """Read in a pod: where the API is, its variables and its service account say."""

    model_config = SettingsConfigDict(validate_default=True)

    master_secret: str = Field("likeness-master", pattern=r"^[a-z0-9.-]+$", description="Secret with the key `master`.")
    learn_s: Seconds = Field(900, ge=300, description="Until every gateway has read a file that changed.")
    account_dir: Path = Field(
        Path("/var/run/secrets/kubernetes.io/serviceaccount"), description="token, ca.crt and namespace of this pod."
    )

"""Where things are kept, and for how long."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from gateway.retention.holdings import HOUR_MS, Terms
from services.common.settings import Count, ProcessSettings, Seconds

_DAY_S = 24 * 3600


class RetentionSettings(ProcessSettings):
    """Storage, keys and retention. The embedded profile needs none of it; a cluster sets what has no default there."""

    model_config = SettingsConfigDict(validate_default=True)

    data_dir: Path = Field(Path.home() / ".likeness", description="What the embedded profile keeps: 0700.")
    storage_threads: Count = Field(16, description="Blocking calls to stores and databases at once.")

    store: Literal["directory", "s3"] = Field("directory", description="Where ciphertext lies.")
    s3_endpoint: str = Field("", description="https://… of the S3 service; http only on this machine.")
    s3_bucket: str = Field("", description="A bucket of its own: what is unknown in it is removed.")
    s3_region: str = Field("us-east-1", description="As the service wants it in signatures.")
    s3_access_key: SecretStr = Field(SecretStr(""), description="May read, write, list and set up the bucket.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Its secret.")
    s3_ca_file: str | None = Field(None, description="Authorities to trust instead of the system's.")
    store_timeout_s: Seconds = Field(30, description="A store silent for longer does not answer.")

    database_url: SecretStr | None = Field(None, description="Job database; unset: SQLite in the data folder.")

    key_store: Literal["file", "postgres"] = Field("file", description="Where data keys live.")
    key_database_url: SecretStr | None = Field(None, description="Another database than the jobs'. Never backed up.")
    master_key_file: Path | None = Field(None, description="Wraps the keys in that database; newest line first.")

    receipt_key_file: Path | None = Field(None, description="Ed25519 in PEM; unset: made in the data folder.")

    keep_results_s: Seconds = Field(
        23 * 3600, le=_DAY_S, description="Results and records, and the most a caller may ask."
    )
    keep_photos_s: Seconds = Field(3600, le=_DAY_S, description="Photos and identity, after their job ended.")
    keep_uploads_s: Seconds = Field(23 * 3600, le=_DAY_S, description="Photos, where the caller does not say.")
    keep_unfinished_s: Seconds = Field(600, le=_DAY_S, description="Uploads that are not complete.")
    sweep_every_s: float = Field(5, gt=0, description="Between two sweeps.")

    @field_validator("s3_endpoint", "s3_bucket", "key_database_url", "master_key_file", mode="after")
    @classmethod
    def _is_there(cls, value: Any, info: ValidationInfo) -> Any:
        choice, needing = ("key_store", "postgres") if "key" in str(info.field_name) else ("store", "s3")
        if info.data.get(choice) == needing and not value:
            raise ValueError(f"has to be set where LIKENESS_{choice.upper()} is {needing}")
        return value

    @field_validator("key_database_url", mode="after")
    @classmethod
    def _is_apart(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        jobs = info.data.get("database_url")
        if value is not None and jobs is not None and _place(value) == _place(jobs):
            raise ValueError("is the job database: keys live apart from what they open")
        return value

    def job_database_url(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'jobs.sqlite'}"

    def terms(self) -> Terms:
        return Terms(
            cap_ms=24 * HOUR_MS,
            results_ms=int(self.keep_results_s * 1000),
            photos_after_job_ms=int(self.keep_photos_s * 1000),
            uploads_ms=int(self.keep_uploads_s * 1000),
            filling_ms=int(self.keep_unfinished_s * 1000),
        )


def _place(url: SecretStr) -> tuple[str | None, int, str | None]:
    try:
        target = make_url(url.get_secret_value())
    except ArgumentError:
        raise ValueError("has to look like postgresql+psycopg://user:password@host/name") from None
    return target.host, target.port or 5432, target.database
